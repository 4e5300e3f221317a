"""A process that runs one round of an agent and kills itself at its n-th write.

Writes are: every statement that changes the database, every commit, every file put in place, and
every document handed to the portal (before it leaves, and after the portal answered).
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from crypto.parameters import AGG
from crypto.secret_key import CkksSecretKey
from market.agent.home import open_home
from market.agent.loop import Agent, collect, send
from market.agent.store.opening import open_store
from market.client.api import PortalClient

# Loads the kernels once, in the process from which the others are forked.
CkksSecretKey.generate(AGG)

_CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE|RELEASE)")


class Countdown:
    """Kills this process at the given write; counts on when there is none."""

    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.seen = 0

    def write(self) -> None:
        self.seen += 1
        if self.seen == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
            # The signal ends the process before anything else is written.
            time.sleep(60)


class CountedPortal(PortalClient):
    """The real client; a document sent is two writes, one on either side of the wire."""

    countdown: Countdown

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self.countdown.write()
        answer = super().post(path, body)
        self.countdown.write()
        return answer


def one_round(path: Path, deadly: int) -> int:
    """Run one round; the number of writes, if the process lives to count them."""
    countdown = Countdown(deadly)
    home = open_home(path)
    store = open_store(home.database_path)
    _count_database(store.database.engine, countdown)
    replace = Path.replace

    def counted(self: Path, target: Path) -> Path:
        countdown.write()
        return replace(self, target)

    Path.replace = counted  # type: ignore[method-assign,assignment]
    settings = home.settings()
    portal = CountedPortal(settings.url, settings.token)
    portal.countdown = countdown
    agent = Agent(home, store, portal, secrets.token_bytes)
    send(agent, collect(agent, now=int(time.time())))
    return countdown.seen


def run(path: str, deadly: int, answer: Any) -> None:
    """The process's main function."""
    answer.send(one_round(Path(path), deadly))


def _count_database(engine: Engine, countdown: Countdown) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def _statement(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if _CHANGES.match(statement):
            countdown.write()

    @event.listens_for(engine, "commit")
    def _commit(_connection: object) -> None:
        countdown.write()
