"""Change one of the platform's secrets while everything runs.

Begun, the new one signs and the old one still verifies; finished, the old one counts no longer.
What an old one signed lives for a quarter of an hour at most, so that is how long to wait between
the two. Airflow reads its own two as it starts, and knows one at a time: its processes are started
again, one after the other; who is signed on there signs on once more, which the portal does by
itself, and a step that was at work is done again.
"""

from __future__ import annotations

from market.adapters.platform_secrets import (
    AIRFLOW_JWT,
    AIRFLOW_SESSION,
    IDENTITY,
    fresh_secret,
    platform_secrets,
    secrets_directory,
)
from market.adapters.private_files import write_private
from market.errors import Conflict, Refused
from market.settings import Settings

READ_AT_START = (AIRFLOW_JWT, AIRFLOW_SESSION)


def begin_rotation(settings: Settings, name: str) -> None:
    """A new secret signs; the one before it still verifies.

    Raises:
        Refused: `secret-fixed`: the platform's identity; `secret-elsewhere`: somebody else makes
            this platform's secrets.
        Conflict: `rotation-begun`: one is under way.
    """
    _require_own(settings, name)
    known = platform_secrets(settings, name)
    if len(known) > 1:
        raise Conflict(
            "rotation-begun",
            f"The secret {name} is being changed already: {len(known)} of it count.",
            f"Finish that first: market admin rotate-secret {name} --finish.",
        )
    _write(settings, name, [fresh_secret(name), known[0].reveal().hex().encode()])


def finish_rotation(settings: Settings, name: str) -> None:
    """Only the newest secret counts; where there is one alone, nothing changes.

    Raises:
        Refused: as `begin_rotation`.
    """
    _require_own(settings, name)
    newest = platform_secrets(settings, name)[0]
    _write(settings, name, [newest.reveal().hex().encode()])


def _write(settings: Settings, name: str, lines: list[bytes]) -> None:
    write_private(secrets_directory(settings) / name, b"\n".join(lines) + b"\n")


def _require_own(settings: Settings, name: str) -> None:
    if name == IDENTITY:
        raise Refused(
            "secret-fixed",
            "The identity is the platform's name: clients and receipts know it by that key.",
            "Keep it, and its backup, safe. A platform with another one is another platform.",
        )
    if settings.secrets:
        raise Refused(
            "secret-elsewhere",
            f"The secrets of this platform are made by whoever fills {settings.secrets}.",
            "There: put a new line above the old one, wait until every process sees the file and a "
            "quarter of an hour more, take the old line away.",
        )
