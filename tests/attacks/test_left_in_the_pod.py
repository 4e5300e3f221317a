"""A program leaves a file in the pod's own folders, for the next buyer's program to find."""

from __future__ import annotations

from world.passable import passable_folder
from world.sandboxed import confined, run

LEAVING = """
import sys
try:
    open({place!r}, "w").write("for whoever comes next")
except PermissionError:
    seen = "not permitted"
else:
    seen = "left"
open(sys.argv[1], "w").write(seen)
"""


def test_nothing_is_left_behind() -> None:
    with passable_folder() as folder:
        scratch = folder / "scratch"
        scratch.mkdir()
        work = folder / "work"
        work.mkdir()
        # Like the pod's temporary folder: its account may write there.
        scratch.chmod(0o777)
        place = scratch / "left"
        _, answer = run(work, LEAVING.format(place=str(place)), sandbox=confined)
        assert answer == "not permitted"
        assert not place.exists()
