"""A lock that ends with its holder, and that no program started meanwhile keeps."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from market.adapters.file_lock import is_held, sole_holder
from market.errors import Conflict

pytestmark = pytest.mark.processes

TAKEN = Conflict("taken", "Somebody holds it.", "Wait.")
HOLDER = """
import subprocess, sys
from pathlib import Path
from market.adapters.file_lock import sole_holder
with sole_holder(Path(sys.argv[1]), SystemError()):
    stay = [sys.executable, "-c", "import signal; signal.pause()"]
    child = subprocess.Popen(stay, close_fds=False)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


def test_lock_ends_with_a_killed_holder_whose_child_lives(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        with pytest.raises(Conflict), sole_holder(path, TAKEN):
            pass
        assert is_held(path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert not is_held(path)
        with sole_holder(path, TAKEN):
            pass
    subprocess.run(["kill", str(child)], check=True)


def test_asking_takes_nothing_and_ends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    assert not path.exists()
    with sole_holder(path, TAKEN):
        assert is_held(path)
        assert is_held(path)
        with pytest.raises(Conflict), sole_holder(path, TAKEN):
            pass
    assert not is_held(path)
