"""What a member's agent has written to its log about a job: it alone saw the session."""

from __future__ import annotations

import json
from typing import Any

from market.demo.roles import Role
from market.errors import Unavailable


def told(role: Role, event: str, job: str) -> dict[str, Any]:
    """The facts of an event.

    Raises:
        Unavailable: `demo-unlogged`: the agent has not written of it.
    """
    path = role.home / "agent.log"
    for line in path.read_text().splitlines():
        facts: dict[str, Any] = _facts(line)
        if facts.get("event") == event and facts.get("job") == job:
            return facts
    raise Unavailable(
        "demo-unlogged", f"The agent of {role.name} has not logged {event!r}.", f"Look at {path}."
    )


def _facts(line: str) -> dict[str, Any]:
    # A process that dies may leave what is no line of our log.
    try:
        facts = json.loads(line)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
