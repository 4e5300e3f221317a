"""Which Java runs Spark."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from market.adapters.java import MINIMUM_VERSION, find_java

pytestmark = pytest.mark.processes


def test_java_home_comes_first(tmp_path: Path) -> None:
    system = shutil.which("java")
    assert system is not None
    home = str(Path(system).resolve().parent.parent)
    java = find_java(tmp_path, {"JAVA_HOME": home, "PATH": ""})
    assert java.home == Path(home)
    assert java.version >= MINIMUM_VERSION


def test_wheel_serves_where_the_system_has_none(tmp_path: Path) -> None:
    java = find_java(tmp_path, {"JAVA_HOME": str(tmp_path / "nowhere"), "PATH": ""})
    assert java.home == tmp_path
    assert java.version >= MINIMUM_VERSION


@pytest.mark.parametrize("words", [["-version"], ["-Dname=two words", "-version"]])
def test_wrapper_leaves_out_the_missing_module_and_nothing_else(
    tmp_path: Path, words: list[str]
) -> None:
    java = find_java(tmp_path, {"PATH": ""})
    command = [str(java.home / "bin" / "java"), "--add-modules=jdk.incubator.vector", *words]
    environment = {"PATH": os.environ["PATH"]}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
