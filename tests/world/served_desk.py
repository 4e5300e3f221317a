"""A desk that listens on loopback, for a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from market.desk.admission import Admission
from market.desk.app import create_desk
from market.desk.desk import Desk
from world.loopback import free_port, serving


@contextmanager
def served_desk(root: Path) -> Iterator[tuple[Desk, Admission]]:
    """A desk of the homes `client` and `agent` in a folder; its admission gives the links."""
    port = free_port()
    admission = Admission(port)
    desk = Desk(root / "client", root / "agent")
    with serving(create_desk(desk, admission), port):
        yield desk, admission
