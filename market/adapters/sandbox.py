"""Run a program that nobody trusts: bubblewrap, no network, no data, another uid, hard limits.

The program sees /usr read-only, the folders it is given read-only, one file it may write, a small
empty /tmp, and its own two processes. It can write nowhere else, so it fills neither disk nor
memory. It sees no network device but its own loopback, nothing of /etc but the loader's cache, no
environment but ours. As root the uid is dropped before anything else, because limits on processes
do not bind root.

The limit on processes is set inside: since Linux 5.14 (user_namespaces(7), RLIMIT_NPROC) the kernel
counts it in the sandbox's own user namespace, so that one program's forks never stop another's.

Without a working sandbox there is no run: `Unavailable`, with the reason.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from market.errors import Unavailable

NOBODY = 65534
_MINIMUM_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Caps of one run. Memory is capped for each process: in sum, `processes` times as much."""

    wall_seconds: int = 20
    memory_bytes: int = 512 * 1024 * 1024
    processes: int = 8
    file_bytes: int = 2_000_000
    scratch_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. What it printed is not kept: it may hold the buyer's secrets."""

    status: int
    is_too_slow: bool


@dataclass(frozen=True, slots=True)
class Folders:
    """What the program sees as /repo, /sdk and /input (read-only), and the one file it may write.

    `output` is a file that exists; the program sees it in /out, under its own name. It can neither
    remove it nor put anything else in its place.
    """

    repository: Path
    sdk: Path
    inputs: Path
    output: Path


@dataclass(frozen=True, slots=True)
class Weather:
    """What may differ between two runs of one program without changing its plan."""

    clock_offset: str
    hash_seed: int


def run_sandboxed(
    arguments: list[str], folders: Folders, limits: SandboxLimits, weather: Weather
) -> Outcome:
    """Run `python3 ARGUMENTS` in /repo.

    Raises:
        Unavailable: `sandbox-missing` when a part of the sandbox is not installed, or
            `sandbox-failed` when it ended before the program began.
    """
    tools = _tools()
    status_reader, status_writer = os.pipe()
    command = [
        *_drop_uid(tools),
        *_limit(tools, limits),
        *_wrap(tools, folders, limits, weather, status_writer),
        *(tools.prlimit, f"--nproc={limits.processes}", "--"),
        str(tools.python),
        *arguments,
    ]
    with os.fdopen(status_reader, "rb") as statuses:
        try:
            process = subprocess.Popen(
                command,
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(status_writer,),
                start_new_session=True,
            )
        finally:
            os.close(status_writer)
        is_too_slow = _wait(process, limits.wall_seconds)
        if not is_too_slow and not _started(statuses.read()):
            raise Unavailable(
                "sandbox-failed",
                f"bubblewrap ended with status {process.returncode} before the program began.",
                "Allow unprivileged user namespaces, and let others pass through the temporary "
                "folder; `market doctor` tells when it works.",
            )
    return Outcome(process.returncode, is_too_slow)


def hand_over(folder: Path) -> None:
    """Give a folder and all in it to the uid the program runs under."""
    if os.geteuid() != 0:
        return
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


def read_output(path: Path, limit_bytes: int) -> bytes | None:
    """A file the program wrote: a plain file of its own, without following links; else None."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        # Missing, or a link: what the program left is not what it was asked for.
        return None
    state = os.fstat(descriptor)
    is_plain = stat.S_ISREG(state.st_mode) and state.st_nlink == 1
    if not is_plain or state.st_size > limit_bytes:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit_bytes)


@dataclass(frozen=True, slots=True)
class _Tools:
    setpriv: str
    prlimit: str
    bwrap: str
    faketime: Path
    python: Path


@functools.cache
def _tools() -> _Tools:
    found = {name: shutil.which(name) for name in ("setpriv", "prlimit", "bwrap")}
    faketime = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))), None)
    missing = [name for name, path in found.items() if path is None]
    if faketime is None:
        missing.append("libfaketime")
    if missing or faketime is None:
        raise Unavailable(
            "sandbox-missing",
            f"The sandbox lacks {', '.join(missing)}: no buyer's program is run without it.",
            "Install the packages bubblewrap, libfaketime and util-linux.",
        )
    setpriv, prlimit, bwrap = (str(found[name]) for name in ("setpriv", "prlimit", "bwrap"))
    return _Tools(setpriv, prlimit, bwrap, faketime, _interpreter())


def _interpreter() -> Path:
    """A Python that the dropped uid can read: our own, or else the system's."""
    own = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    for candidate in (own, Path("/usr/bin/python3"), Path("/usr/local/bin/python3")):
        if candidate.exists() and _is_readable(candidate.resolve()) and _is_recent(candidate):
            return candidate.resolve()
    raise Unavailable(
        "sandbox-missing",
        "The sandbox lacks a Python that an unprivileged account can read.",
        "Install the system's python3 (3.11 or later).",
    )


def _is_readable(path: Path) -> bool:
    if os.geteuid() != 0:
        return True
    others_may_pass = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return others_may_pass and bool(path.stat().st_mode & stat.S_IXOTH)


def _is_recent(python: Path) -> bool:
    question = "import sys; print(*sys.version_info[:2])"
    asked = subprocess.run(
        [python, "-I", "-c", question], capture_output=True, text=True, timeout=30, check=False
    )
    return asked.returncode == 0 and tuple(map(int, asked.stdout.split())) >= _MINIMUM_PYTHON


def _drop_uid(tools: _Tools) -> list[str]:
    if os.geteuid() != 0:
        return []
    return [tools.setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


def _limit(tools: _Tools, limits: SandboxLimits) -> list[str]:
    return [
        tools.prlimit,
        f"--as={limits.memory_bytes}",
        f"--fsize={limits.file_bytes}",
        f"--cpu={limits.wall_seconds}",
        "--nofile=256",
        "--core=0",
        "--",
    ]


def _wrap(
    tools: _Tools, folders: Folders, limits: SandboxLimits, weather: Weather, status_fd: int
) -> list[str]:
    prefix = tools.python.parent.parent
    own_python = [] if prefix.is_relative_to("/usr") else ["--ro-bind", str(prefix), str(prefix)]
    # /tmp and /run come first: a later bind may lie below them.
    return [
        tools.bwrap,
        *("--size", str(limits.scratch_bytes), "--tmpfs", "/tmp"),  # noqa: S108 - the sandbox's own
        *("--size", "1048576", "--tmpfs", "/run"),
        *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
        *("--die-with-parent", "--new-session", "--clearenv"),
        *("--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "job"),
        *("--ro-bind", "/usr", "/usr", "--ro-bind", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *("--ro-bind-try", "/etc/alternatives", "/etc/alternatives"),
        *("--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
        *("--symlink", "usr/lib64", "/lib64", *own_python),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--ro-bind", str(folders.sdk), "/sdk", "--ro-bind", str(folders.inputs), "/input"),
        *("--ro-bind", str(folders.repository), "/repo"),
        *("--bind", str(folders.output), f"/out/{folders.output.name}"),
        # What bubblewrap made itself lies in memory and has no size of its own.
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", "/repo", "--json-status-fd", str(status_fd)),
        *_environment(tools, weather),
        "--",
    ]


def _environment(tools: _Tools, weather: Weather) -> list[str]:
    values = {
        "PATH": "/usr/bin",
        "HOME": "/tmp",  # noqa: S108 - the sandbox's own
        "LANG": "C.UTF-8",
        "PYTHONPATH": "/sdk",
        "PYTHONHASHSEED": str(weather.hash_seed),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if weather.clock_offset:
        values |= {"LD_PRELOAD": str(tools.faketime), "FAKETIME": weather.clock_offset}
    return [part for k, v in values.items() for part in ("--setenv", k, v)]


def _wait(process: subprocess.Popen[bytes], wall_seconds: int) -> bool:
    """Wait for the end, or make it; True if it had to be made."""
    try:
        process.wait(wall_seconds)
    except subprocess.TimeoutExpired:
        # The sandbox dies with its parent, and every process in it with the sandbox.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def _started(statuses: bytes) -> bool:
    """bubblewrap tells an exit code only of a program it got as far as to execute."""
    lines = [json.loads(line) for line in statuses.splitlines() if line.strip()]
    return any("exit-code" in line for line in lines)
