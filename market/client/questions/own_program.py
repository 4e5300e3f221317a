"""The person's own program: copied from the directory it lies in, or run without the sandbox.

Only what the person wrote and named may run unsandboxed, and only when they say so: it then runs as
they do, and may read and send what they may. The interpreter's view is the sandbox's all the same:
the standard library and the plan language, no installed package.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from market.adapters.sandbox.builds import INPUT_NAME, PROGRAM_MODULE
from market.adapters.sandbox.output import Folders
from market.adapters.sandbox.run import INTERPRETER_FLAGS, Outcome, RunConditions, SandboxLimits
from market.errors import Refused

_MOST_FILES = 2_000
_LARGEST_BYTES = 50_000_000
_COMPILED = "__pycache__"


@dataclass(frozen=True, slots=True)
class Unsandboxed:
    """A runner (market.adapters.sandbox.builds) without a sandbox: the program runs as the person.

    Time, memory and the size of a file have the sandbox's caps. The second run has another hash
    seed, and no other clock.
    """

    limits: SandboxLimits

    @property
    def wall_seconds(self) -> int:
        return self.limits.wall_seconds

    def run(self, folders: Folders, conditions: RunConditions) -> Outcome:
        """Run the program of `folders` once, and end all that it started."""
        paths = (folders.repository, folders.inputs / INPUT_NAME, folders.output)
        process = subprocess.Popen(
            [sys.executable, *INTERPRETER_FLAGS, "-m", PROGRAM_MODULE, *map(str, paths)],
            cwd=folders.repository,
            env=_environment(folders, conditions),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=self._limit,
        )
        is_too_slow = False
        try:
            process.wait(self.wall_seconds)
        except subprocess.TimeoutExpired:
            is_too_slow = True
        finally:
            # Whatever the program started ends with it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return Outcome(process.wait(), is_too_slow)

    def _limit(self) -> None:
        for what, most in (
            (resource.RLIMIT_FSIZE, self.limits.file_bytes),
            (resource.RLIMIT_AS, self.limits.memory_bytes),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(what, (most, most))


def _environment(folders: Folders, conditions: RunConditions) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(folders.output.parent),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(folders.sdk),
        "PYTHONHASHSEED": str(conditions.hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def copy_of(directory: Path) -> Callable[[Path], None]:
    """A function that writes the program of a directory, as it lies there, to a new path.

    Hidden files and compiled ones are left out; what a commit may not hold is refused here too.

    Raises (when called):
        Refused: `repository-link` or `repository-too-large`.
    """

    def copy(destination: Path) -> None:
        destination.mkdir()
        count, total = 0, 0
        for path in _files(directory):
            if path.is_symlink() or not path.is_file():
                raise Refused(
                    "repository-link",
                    f"{path.relative_to(directory)} is not a plain file.",
                    "Replace it by the file itself; a job is built from plain files.",
                )
            count, total = count + 1, total + path.stat().st_size
            if count > _MOST_FILES or total > _LARGEST_BYTES:
                raise Refused(
                    "repository-too-large",
                    f"{directory} holds more than {_MOST_FILES} files or {_LARGEST_BYTES} bytes.",
                    "Give a directory that holds the program alone.",
                )
            target = destination / path.relative_to(directory)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    return copy


def _files(directory: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(directory):
        below[:] = sorted(name for name in below if not name.startswith(".") and name != _COMPILED)
        links = [name for name in below if (Path(folder) / name).is_symlink()]
        for name in sorted([*links, *names]):
            if not name.startswith("."):
                yield Path(folder) / name
