"""A process that runs one round of an agent and kills itself at its n-th write.

Writes are: every statement that changes the database, every commit, every file put in place, and
every document handed to the portal (before it leaves, and after the portal answered).
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import Any

import structlog
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


def serve(path: Path) -> None:
    """Fork a process for each line of standard input, which names its deadly write.

    Answers one line each: `lived N` with the number of writes, or `died SIGNAL`.
    """
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writing, str(one_round(path, int(line))).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as answer:
            seen = answer.read()
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        print(f"lived {seen}" if code == 0 else f"died {-code}", flush=True)


def _count_database(engine: Engine, countdown: Countdown) -> None:
    @event.listens_for(engine, "before_cursor_execute")
    def _statement(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if _CHANGES.match(statement):
            countdown.write()

    @event.listens_for(engine, "commit")
    def _commit(_connection: object) -> None:
        countdown.write()


if __name__ == "__main__":
    # Standard output carries the answers.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    serve(Path(sys.argv[1]))
