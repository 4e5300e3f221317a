"""What is peculiar to the one-shot sandbox: its program runs under the account of its server."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import psutil
import pytest
from world.sandboxed import confined, run

from market.adapters.sandbox import launcher
from market.adapters.sandbox.confined import require_confinement, withdraw
from market.adapters.sandbox.run import SandboxLimits
from market.errors import Refused, Unavailable

pytestmark = pytest.mark.processes

ANSWER = """
import os, sys
def tried(attempt):
    try:
        return attempt() or "done"
    except OSError as error:
        return type(error).__name__
def answer(*attempts):
    open(sys.argv[1], "w").write(" ".join(str(tried(one)) for one in attempts))
server = os.getppid()
"""


def landlock_version() -> int:
    return int(ctypes.CDLL(None).syscall(ctypes.c_long(444), None, ctypes.c_long(0), 1))


def answer_of(folder: Path, source: str, *, wall_seconds: int = 10) -> str:
    limits = SandboxLimits(wall_seconds=wall_seconds)
    _, answer = run(folder, ANSWER + source, sandbox=confined, limits=limits)
    return answer


@pytest.mark.parametrize("name", ["mem", "maps", "environ", "cmdline", "fd", "status"])
def test_server_is_not_looked_into(passable_path: Path, name: str) -> None:
    attempt = f"lambda: (os.listdir if {name == 'fd'} else open)(f'/proc/{{server}}/{name}')"
    assert answer_of(passable_path, f"answer({attempt})") == "PermissionError"


@pytest.mark.skipif(landlock_version() < 6, reason="this kernel does not scope signals")
def test_server_is_not_killed(passable_path: Path) -> None:
    attempts = "lambda: os.kill(server, 9), lambda: os.kill(server, 0)"
    seen = answer_of(passable_path, f"answer({attempts})")
    assert seen == "PermissionError PermissionError"


def test_nothing_is_left_in_a_folder_that_everybody_may_write(passable_path: Path) -> None:
    shared = passable_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    attempts = (
        f"lambda: open('{shared}/file', 'w')",
        f"lambda: os.mkdir('{shared}/folder')",
        f"lambda: os.symlink('/usr', '{shared}/link')",
        f"lambda: os.mkfifo('{shared}/pipe')",
        f"lambda: os.rename('program.py', '{shared}/program.py')",
        f"lambda: os.link('program.py', '{shared}/program.py')",
    )
    seen = answer_of(passable_path, f"answer({', '.join(attempts)})")
    assert set(seen.split()) <= {"PermissionError", "OSError"}
    assert list(shared.iterdir()) == []


def test_tree_that_the_account_owns_is_not_written(passable_path: Path) -> None:
    seen = answer_of(
        passable_path,
        "answer(lambda: open('program.py', 'a'), lambda: os.truncate('program.py', 0), "
        "lambda: os.unlink('program.py'), lambda: open('other.py', 'w'))",
    )
    assert seen == " ".join(["PermissionError"] * 4)


LEFT = "# left behind by a test"


@pytest.mark.parametrize("how", ["in a session of its own", "twice removed", "while it waits"])
def test_what_a_program_starts_ends_with_it(passable_path: Path, how: str) -> None:
    stay = f"import time; time.sleep(300) {LEFT}"
    command = f"os.execv(sys.executable, [sys.executable, '-c', {stay!r}])"
    source = {
        "in a session of its own": f"if os.fork() == 0:\n    os.setsid()\n    {command}\n",
        "twice removed": f"if os.fork() == 0:\n    if os.fork() == 0:\n        {command}\n"
        "    os._exit(0)\n",
        "while it waits": f"if os.fork() == 0:\n    {command}\nimport time; time.sleep(300)\n",
    }[how]
    before = os.times().elapsed
    answer_of(passable_path, source, wall_seconds=2)
    assert os.times().elapsed - before < 60
    left = [one for one in psutil.process_iter(["cmdline"]) if LEFT in str(one.info["cmdline"])]
    assert left == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to begin with")
def test_with_rights_it_does_not_begin() -> None:
    with pytest.raises(Refused) as refused:
        withdraw()
    assert refused.value.code == "sandbox-privileged"


def test_kernel_without_landlock_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The launcher that cannot do one of its steps runs nothing."""
    lame = tmp_path / "launcher.py"
    text = Path(launcher.__file__).read_text("utf-8")
    assert "_RESTRICT_SELF = 444, 445, 446" in text
    lame.write_text(text.replace("= 444, 445, 446", "= 999, 999, 999"))
    monkeypatch.setattr(launcher, "__file__", str(lame))
    with pytest.raises(Unavailable, match="landlock") as refused:
        require_confinement()
    assert refused.value.code == "sandbox-failed"
