"""Run a program that nobody trusts where bubblewrap cannot: the pod is the wall, this is its own.

The pod keeps it from the network, from every secret and from all that is not in its image; it runs
one build and ends. Within it the program is kept from this process, and from leaving anything:

    files       Landlock: it reads the system's libraries, the interpreter and what it is given,
                and writes one file that exists. It can make none, in no folder, whatever its mode;
                of /proc and /etc it sees nothing but the loader's cache
    processes   no signal leaves its domain where the kernel scopes them (Landlock 6); none outside
                is looked into: this process cannot be dumped, and no call of its list does that
    the kernel  the same list of system calls as in bubblewrap: no socket, no key, no namespace
    limits      memory, processor time, size of a file, open files and processes, as there
    after it    whatever it started is found below this process, and ended

Its paths differ from run to run, so a plan that depends on them is told as one that depends on the
clock is. As root, or with any capability, nothing is run: limits would not bind.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from market.adapters.sandbox import launcher
from market.adapters.sandbox.builds import INPUT_NAME, PROGRAM_MODULE
from market.adapters.sandbox.output import Folders
from market.adapters.sandbox.run import INTERPRETER_FLAGS, Outcome, RunConditions, SandboxLimits
from market.adapters.sandbox.system_calls import open_filter
from market.adapters.sandbox.tools import find_faketime, find_interpreter
from market.errors import Refused, Unavailable

_PR_SET_DUMPABLE: Final = 4
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")
_OPEN_FILES = 256
_LOOKS: Final = 1_000
"""For what a program has started, until there is nothing more."""


@dataclass(frozen=True, slots=True)
class Confined:
    """A runner (market.adapters.sandbox.builds) for a process that `withdraw` has prepared."""

    limits: SandboxLimits

    @property
    def wall_seconds(self) -> int:
        """How long one run may take."""
        return self.limits.wall_seconds

    def run(self, folders: Folders, conditions: RunConditions) -> Outcome:
        """Run the program once (raises as `run_confined`)."""
        paths = (folders.repository, folders.inputs / INPUT_NAME, folders.output)
        arguments = ["-m", PROGRAM_MODULE, *map(str, paths)]
        return run_confined(arguments, folders, self.limits, conditions)


_PROBE: Final = """
import os, socket, sys
def refused(attempt):
    try:
        attempt()
    except OSError:
        return True
    return False
attempts = (
    socket.socket,
    lambda: open("/etc/passwd"),
    lambda: os.listdir("/proc"),
    lambda: open(os.path.join(os.path.dirname(sys.argv[1]), "beside"), "w"),
)
sys.exit(0 if all(map(refused, attempts)) else 9)
"""


def require_confinement() -> None:
    """Run a program that tries what none may, and return if all of it was refused.

    Raises:
        Unavailable: `sandbox-missing`, `sandbox-failed`.
    """
    with tempfile.TemporaryDirectory(prefix="market-probe-") as name:
        work = Path(name)
        folders = Folders(*(work / part for part in ("repository", "sdk", "input", "answer")))
        for folder in (folders.repository, folders.sdk, folders.inputs):
            folder.mkdir()
        folders.output.touch()
        arguments = ["-c", _PROBE, str(folders.output)]
        outcome = run_confined(arguments, folders, SandboxLimits(), RunConditions("", 1))
    if outcome.status != 0:
        raise _failed(f"a program that should reach nothing ended with {outcome.status}")


def withdraw() -> None:
    """Prepare this process: it cannot be looked into or gain a right, and inherits what those that
    it starts leave behind.

    Raises:
        Refused: `sandbox-privileged`: as root, or with a capability.
    """
    effective = _capabilities()
    if os.geteuid() == 0 or effective:
        raise Refused(
            "sandbox-privileged",
            f"The one-shot sandbox runs as uid {os.geteuid()} with capabilities {effective:x}.",
            "Run it under an account without rights, without root's and without capabilities.",
        )
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in (
        (_PR_SET_NO_NEW_PRIVS, 1),
        (_PR_SET_CHILD_SUBREAPER, 1),
        (_PR_SET_DUMPABLE, 0),
    ):
        if libc.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))) != 0:
            raise _failed(f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def _capabilities() -> int:
    status = Path("/proc/self/status").read_text("ascii", "replace")
    (line,) = (line for line in status.splitlines() if line.startswith("CapEff:"))
    return int(line.split()[1], 16)


def run_confined(
    arguments: list[str], folders: Folders, limits: SandboxLimits, conditions: RunConditions
) -> Outcome:
    """Run `python3 ARGUMENTS` in the repository, to its end or to the wall limit, and end all that
    it started. For a process that has no other children.

    Raises:
        Unavailable: `sandbox-missing` when a part of the sandbox is not installed, or
            `sandbox-failed` when the kernel lacks one, or nothing ended what the program started.
    """
    python = find_interpreter()
    given = [str(path) for path in (folders.repository, folders.sdk, folders.inputs)]
    with open_filter() as system_calls:
        told, failures = os.pipe2(os.O_CLOEXEC)
        order = {
            "command": [str(python), *INTERPRETER_FLAGS, *arguments],
            "directory": str(folders.repository),
            "environment": _environment(folders, conditions),
            "limits": _limits(limits),
            "readable": [*_SYSTEM, str(python.parent.parent), *given],
            "writable": [str(folders.output), os.devnull],
            "filter": system_calls.fileno(),
            "failures": failures,
        }
        with os.fdopen(told, "rb") as failure:
            process = _launch(python, order)
            os.close(failures)
            try:
                # Ends when the program begins: the launcher's last open file goes with it.
                reason = failure.read(1_000).decode("utf-8", "replace")
                outcome = _to_its_end(process, limits.wall_seconds)
            finally:
                end_all_below()
    if reason:
        raise _failed(reason)
    return outcome


def _launch(python: Path, order: dict[str, object]) -> subprocess.Popen[bytes]:
    kept = (order["filter"], order["failures"])
    return subprocess.Popen(
        [str(python), "-I", "-S", str(Path(launcher.__file__)), json.dumps(order)],
        cwd="/",
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[int(str(each)) for each in kept],
        start_new_session=True,
    )


def _to_its_end(process: subprocess.Popen[bytes], wall_seconds: int) -> Outcome:
    try:
        return Outcome(process.wait(wall_seconds), is_too_slow=False)
    except subprocess.TimeoutExpired:
        process.kill()
        return Outcome(process.wait(), is_too_slow=True)


def end_all_below() -> None:
    """Kill what is below this process until nothing is: an orphan comes to it, and is seen again.

    A program that forks faster than this looks has its cap of processes, and its pod an end.

    Raises:
        Unavailable: `sandbox-failed`: there is still something.
    """
    own = psutil.Process()
    for _ in range(_LOOKS):
        below = own.children(recursive=True)
        if not below:
            return
        for each in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    raise _failed("what the program started could not be ended")


def _limits(limits: SandboxLimits) -> list[tuple[int, int]]:
    return [
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        # Of each process's computing, a second beyond the wall limit, so that this ends a loop and
        # it is called too slow; it also ends what only waits.
        (resource.RLIMIT_CPU, limits.wall_seconds + 1),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, _own_threads() + limits.processes),
    ]


def _own_threads() -> int:
    """How many this account has already: the kernel counts its cap over all of them."""
    account = os.getuid()
    seen = (each.info for each in psutil.process_iter(["uids", "num_threads"]))
    # What may not be looked at is somebody else's.
    return sum(one["num_threads"] for one in seen if one["uids"] and one["uids"].real == account)


def _environment(folders: Folders, conditions: RunConditions) -> dict[str, str]:
    values = {
        "PATH": "/usr/bin",
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(folders.sdk),
        "PYTHONHASHSEED": str(conditions.hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if conditions.clock_offset:
        values |= {"LD_PRELOAD": str(find_faketime()), "FAKETIME": conditions.clock_offset}
    return values


def _failed(reason: str) -> Unavailable:
    return Unavailable(
        "sandbox-failed",
        f"The program was not run in this sandbox: {reason[:300]}.",
        "Give the pod a kernel with Landlock (Linux 5.13 or later, enabled) and a runtime that "
        "lets it be used, and libseccomp 2.5 or later.",
    )
