"""A counter beside the database, by which an older copy of the database is told without a portal.

What must never be forgotten (a release, a table, a cap) is counted in its own transaction. The file
says how far the count has come, around each commit:

    begun   written before the commit: a crash leaves this one unfinished, and it is taken again
    done    written after the commit, and before anything of it is sent

So a database whose count lies below `done` is an older copy, and an honest one never does, wherever
it stops. Whoever can put back the whole directory puts this file back too: that is told by the
agent's own receipts at the portal (market.agent.current).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from market.adapters.private_files import write_private

_CONTENT = re.compile(rb"begun ([0-9]{1,18})\ndone ([0-9]{1,18})\n")


@dataclass(frozen=True, slots=True)
class Counter:
    """The file. It is written only while the database's write lock is held, so by one process."""

    path: Path

    def done(self) -> int | None:
        """How many commits were finished for certain; None when the file is missing or damaged."""
        found = self._read()
        return None if found is None else found[1]

    def begin(self, count: int) -> None:
        """Commit number `count` is about to be made."""
        _, done = self._read() or (0, 0)
        self._write(count, done)

    def finish(self, count: int) -> None:
        """The database has `count` commits; nothing is written if the file says so already."""
        if self._read() != (count, count):
            self._write(count, count)

    def _read(self) -> tuple[int, int] | None:
        try:
            found = _CONTENT.fullmatch(self.path.read_bytes())
        except FileNotFoundError:
            return None
        return None if found is None else (int(found[1]), int(found[2]))

    def _write(self, begun: int, done: int) -> None:
        write_private(self.path, f"begun {begun}\ndone {done}\n".encode())
