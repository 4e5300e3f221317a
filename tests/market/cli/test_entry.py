"""Ctrl-C while the commands are still being loaded ends the program without a traceback."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[3]
INTERRUPTED_AT = """
import os, signal, sys
# As at a terminal, whoever runs the tests where the signal is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
class Finder:
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv = ["market", "explain", "key-malformed"]
from market.cli.entry import main
main()
"""


@pytest.mark.parametrize("module", ["market.cli.main", "click", "market.cli.session"])
def test_ctrl_c_while_python_imports_is_an_end_and_no_traceback(module: str) -> None:
    program = INTERRUPTED_AT.format(module=module)
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_no_command_leaves_its_memory_in_a_core_file() -> None:
    program = (
        "import resource, sys; sys.argv = ['market', '--version']\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (4_096, resource.RLIM_INFINITY))\n"
        "from market.cli.entry import main\n"
        "try: main()\n"
        "finally: print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("(0, 0)\n"), done.stderr


def test_program_that_is_installed_begins_there() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert declared["project"]["scripts"] == {"market": "market.cli.entry:main"}


def test_command_is_loaded_and_run() -> None:
    program = INTERRUPTED_AT.format(module="no.such.module")
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "key-malformed" in done.stdout
