"""The product's own command line, run as a role: what a person would type."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from market.demo.roles import Role
from market.errors import Unavailable

_COMMAND_SECONDS = 900


def market(role: Role, *arguments: str, given: str = "") -> Any:
    """`market ARGUMENTS --json` as this role: the JSON document it writes.

    Args:
        given: what is typed at its standard input.

    Raises:
        Unavailable: `demo-step-failed` with what the command said.
    """
    done = subprocess.run(
        role.command("-P", "-m", "market.cli.main", *arguments, "--json"),
        env=role.environment,
        cwd=role.home,
        input=given,
        capture_output=True,
        text=True,
        timeout=_COMMAND_SECONDS,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2_000:]
        raise Unavailable(
            "demo-step-failed",
            f"`market {' '.join(arguments)}` as {role.name} ended with {done.returncode}: {said}\n",
            f"Look at {role.home.parent / 'platform' / 'logs'} and tell the story again.",
        )
    return json.loads(done.stdout) if done.stdout.strip() else None


def start_background(role: Role, *arguments: str, log_name: str) -> subprocess.Popen[bytes]:
    """Start a long-running `python ARGUMENTS` in a session of its own, logging to its home."""
    with (role.home / log_name).open("ab") as log:
        return subprocess.Popen(
            role.command("-P", *arguments),
            env=role.environment,
            cwd=role.home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
