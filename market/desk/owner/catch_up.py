"""The agent takes in what it has missed: `market agent reconcile`, as a process of its own.

What was missed is proved anew from documents, which takes seconds for each release.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final

from crypto.secret import Secret
from market.desk.agent_process import started
from market.desk.desk import Desk
from market.desk.undertakings import Undertaking
from market.errors import MarketError, Refused, Unavailable
from market.plan.plural import counted

_TITLE: Final = "Take in what the agent has missed"
_LOOK_SECONDS: Final = 0.5


def begin_catching_up(desk: Desk, last_sequence: int | None) -> Undertaking:
    """Begin, or follow what was begun.

    Args:
        last_sequence: number of the newest receipt that the owner knows of; fewer are refused.

    Raises:
        Locked.
    """
    for one in desk.undertakings.under_way():
        if one.title == _TITLE:
            return one
    passphrase = desk.agent_passphrase()

    def work(here: Undertaking) -> str:
        here.note("What it cost is proved anew from documents that the agent once signed.")
        desk.caught_up = _told(_reconciled(desk.agent_path, passphrase, last_sequence, here))
        return "/agent?done=caught-up"

    return desk.undertakings.begin(_TITLE, work, back="/agent")


def _reconciled(
    home: Path, passphrase: Secret | None, last_sequence: int | None, here: Undertaking
) -> Any:
    words = ["reconcile", "--json"]
    if last_sequence is not None:
        words += ["--last-sequence", str(last_sequence)]
    process = started(home, words, passphrase, output=subprocess.PIPE)
    try:
        while True:
            here.check_wanted()
            try:
                written, _ = process.communicate(timeout=_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return _read(written)
    finally:
        # A crash may cut it anywhere: begun again it takes in the rest.
        if process.poll() is None:
            process.kill()
            process.wait()


def _read(written: bytes) -> Any:
    """The document of the command (raises what it failed with)."""
    try:
        document = json.loads(written)
    except ValueError as error:
        raise Unavailable(
            "agent-failed",
            "The agent's process ended without a word.",
            "Try again; at a terminal it says more: market agent reconcile.",
        ) from error
    if failed := document.get("error"):
        raise _failure(failed)
    return document


def _failure(failed: dict[str, str]) -> MarketError:
    return Refused(failed["code"], failed["message"], failed["next_action"])


def _told(document: Any) -> list[str]:
    """What was taken in, a sentence each."""
    missed = int(document["missed"])
    releases = counted(missed, "release") if missed else "no releases"
    listings = (
        f"Edition {one['edition']} of the listing of {one['dataset']}, version {one['version']}."
        for one in document["listings"]
    )
    return [f"It had missed {releases}.", *listings]
