"""What a member's agent has written to its log about a job: it alone saw the session."""

from __future__ import annotations

import json
from typing import Any

from market.demo.roles import Role


def logged(role: Role, event: str, job: str) -> dict[str, Any] | None:
    """The facts of an event; None before the agent has written of it."""
    for line in (role.home / "agent.log").read_text().splitlines():
        facts = _facts(line)
        if facts.get("event") == event and facts.get("job") == job:
            return facts
    return None


def _facts(line: str) -> dict[str, Any]:
    # A process that dies may leave what is no line of our log.
    try:
        facts = json.loads(line)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
