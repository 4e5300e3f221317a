"""One process of the platform: its own session, a pid file with its start time, a log file.

A pid alone may belong to a stranger, so the machine's start and the process's own are compared
before anything is said of, or sent to, a process (proc(5): boot_id, starttime).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from market.settings import Settings

STOP_SECONDS = 8
"""Between being told to stop and being killed."""
_POLL_SECONDS = 0.1
_ENV = "/usr/bin/env"
"""Changes the directory and becomes the command, under the same pid."""
_STANDARD_ERROR = 2
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


@dataclass(frozen=True, slots=True)
class Child:
    """`name` names its pid file under run/ and its log under logs/."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def start_child(settings: Settings, child: Child) -> None:
    """Start a process that outlives this one."""
    log = str(log_path(settings, child.name))
    # Not subprocess.Popen: its destructor warns when the process outlives the object, as it should.
    pid = os.posix_spawn(
        _ENV,
        [_ENV, f"--chdir={settings.home}", *child.command],
        child.environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            *((os.POSIX_SPAWN_CLOSE, number) for number in _handed_down()),
        ],
        setsid=True,
        setsigdef=_IGNORED_BY_PYTHON,
    )
    try:
        note_process(settings, child.name, pid)
    except BaseException:
        # What is noted nowhere could not be stopped by anybody.
        _signal(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise


def _handed_down() -> list[int]:
    """Open files that whoever started this process handed to it. A process that stays would keep
    them for ever: the lock of a script among them, or the pipe somebody reads to its end."""
    found = []
    for name in os.listdir("/proc/self/fd"):
        # The listing itself is one of them, and closed by now.
        with contextlib.suppress(OSError):
            if int(name) > _STANDARD_ERROR and os.get_inheritable(int(name)):
                found.append(int(name))
    return found


def note_process(settings: Settings, name: str, pid: int) -> None:
    """Write down which process has this name from now on."""
    note = {"pid": pid, "boot": _boot(), "started": _started(pid)}
    temporary = pid_path(settings, name).with_suffix(".new")
    temporary.write_text(json.dumps(note), "utf-8")
    temporary.replace(pid_path(settings, name))


def running(settings: Settings, name: str) -> int | None:
    """The pid of a process of ours that runs, or None."""
    try:
        noted = json.loads(pid_path(settings, name).read_text("utf-8"))
        pid, boot, started = int(noted["pid"]), noted["boot"], noted["started"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        # Cut short, as by a loss of power: what it named is gone with the machine's memory.
        return None
    is_ours = boot == _boot() and started == _started(pid)
    return pid if is_ours else None


def stop_children(settings: Settings, names: tuple[str, ...]) -> list[str]:
    """SIGTERM to each process group, then SIGKILL to what is left of it. Returns what ran."""
    groups = {name: pid for name in names if (pid := running(settings, name)) is not None}
    for group in groups.values():
        _signal(group, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and any(_members(group) for group in groups.values()):
        time.sleep(_POLL_SECONDS)
    for group in groups.values():
        # Also when the leader is gone: what it started may be left.
        _signal(group, signal.SIGKILL)
    for name in names:
        pid_path(settings, name).unlink(missing_ok=True)
    return list(groups)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()


def _started(pid: int) -> int | None:
    """When a process began, in clock ticks since the machine did; None if it has ended. No clock
    that people set has a part in it."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if after_name[0] in (b"Z", b"X") else int(after_name[19])


def log_path(settings: Settings, name: str) -> Path:
    """Where a process's output is kept."""
    return settings.home / "logs" / f"{name}.log"


def pid_path(settings: Settings, name: str) -> Path:
    """Where a process is noted (`note_process`)."""
    return settings.home / "run" / f"{name}.pid"


def log_tail(settings: Settings, name: str, *, lines: int = 15) -> str:
    """The last lines a process wrote."""
    path = log_path(settings, name)
    if not path.exists():
        return ""
    return "\n".join(path.read_text("utf-8", errors="replace").splitlines()[-lines:])


def _members(group: int) -> list[int]:
    """Live processes of a session started here; reaps its leader if it is this one's child."""
    # A child of an earlier `market up` is not ours to reap.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(group, os.WNOHANG)
    alive = []
    for process in psutil.process_iter(["pid", "status"]):
        try:
            if os.getsid(process.pid) == group and process.info["status"] != psutil.STATUS_ZOMBIE:
                alive.append(process.pid)
        except ProcessLookupError:
            continue
    return alive


def _signal(group: int, number: int) -> None:
    for pid in _members(group):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
