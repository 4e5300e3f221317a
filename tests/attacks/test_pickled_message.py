"""Attack: send a pickle where a member's code reads messages as MPyC does.

Stock MPyC gives what peers send to pickle, which runs whatever the bytes name: one member runs
commands on all others. This runtime's codec has no such place; were one left anywhere, in MPyC or
in a program, the process could not unpickle.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from world.mpc_members import Cast, Intruder, blame, frame, probe, worker

from crypto.mpc.codec import Kind


class MakesFolder:
    """Unpickled, it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def test_pickled_message_runs_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "made by a peer"
    message = pickle.dumps(MakesFolder(folder))
    cast = Cast.of(3)
    reading = probe(rounds=1, bytes=len(message), unpickles=True)
    with ExitStack() as stack:
        members = [stack.enter_context(worker(cast.session(p, program=reading))) for p in (2, 3)]
        intruder = stack.enter_context(Intruder(cast, 1))
        links = [intruder.join(point) for point in (2, 3)]
        for member in members:
            member.until("connected")
            member.go()
        for link in links:
            link.sendall(frame(Kind.ALIVE, 1) + frame(Kind.ROUND, 2, message))
        ends = [member.end() for member in members]
    assert not folder.exists()
    assert {blame(end)[2] for end in ends} <= {"program-failed", "member-stopped"}
    assert any("UnpicklingForbidden" in end["reason"] for end in ends)
