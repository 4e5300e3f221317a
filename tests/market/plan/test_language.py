"""What the sandbox is given of ours stands by itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from market.adapters.sandbox.language import put_language

pytestmark = pytest.mark.processes

# -I and -S: no installed package, no variable of the environment, only the folder and Python.
IMPORT_ALL = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import market.plan
for module in pkgutil.walk_packages(market.plan.__path__, "market.plan."):
    importlib.import_module(module.name)
ours = sorted(name for name in sys.modules if name.split(".")[0] in ("crypto", "market"))
print(*ours)
"""


@pytest.mark.processes
def test_language_imports_all_of_itself_and_nothing_else(tmp_path: Path) -> None:
    put_language(tmp_path)
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORT_ALL, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    below = {name for name in run.stdout.split() if not name.startswith("market.plan")}
    assert below == {
        "crypto", "crypto.canonical", "crypto.errors", "market", "market.errors", "market.wire",
    }  # fmt: skip
    assert "market.plan.statistics.group_by" in run.stdout
