"""Run a program that nobody trusts: bubblewrap, no network, no data, another uid, hard limits.

The program sees /usr read-only, the folders it is given read-only, one file it may write, and of
processes only its own. It can make no other file, not even an empty one in /tmp, which would cost
memory too; so it fills neither disk nor memory. It sees no network device but its own loopback,
nothing of /etc but the loader's cache, no environment but ours, no key but of an empty session. Of
the kernel it may ask what `system_calls` lists. As root the uid is dropped before anything else,
because limits on processes do not bind root.

The interpreter starts without `site` (-S) and without the working folder on its path (-P): it finds
the standard library and what /sdk holds, whatever else is installed on this machine.

The limit on processes is set inside: since Linux 5.14 (user_namespaces(7), RLIMIT_NPROC) the kernel
counts it in the sandbox's own user namespace, so that one program's forks never stop another's.

Without a working sandbox there is no run: `Unavailable`, with the reason.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass

from market.adapters.sandbox.keyring import with_own_keyring
from market.adapters.sandbox.output import NOBODY, Folders
from market.adapters.sandbox.system_calls import open_filter
from market.adapters.sandbox.tools import Tools, find_tools
from market.errors import Unavailable

INTERPRETER_FLAGS = ("-S", "-P")
_EMPTY = ("/tmp", "/run")  # noqa: S108 - the sandbox's own
_KEY_LISTS = ("/proc/keys", "/proc/key-users")
# bubblewrap itself runs as the same uid, so its memory could be read and written there, and its
# command line names folders of this machine.
_HIDE_FIRST_PROCESS = ("--tmpfs", "/proc/1", "--remount-ro", "/proc/1")


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """Caps of one run. Memory is capped for each process: in sum, `processes` times as much."""

    wall_seconds: int = 20
    memory_bytes: int = 512 * 1024 * 1024
    processes: int = 8
    file_bytes: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. What it printed is not kept: it may hold the buyer's secrets."""

    status: int
    is_too_slow: bool


@dataclass(frozen=True, slots=True)
class RunConditions:
    """What may differ between two runs of one program without changing its plan.

    Attributes:
        clock_offset: as libfaketime reads it (`+401d`); empty for the machine's own time.
        hash_seed: PYTHONHASHSEED, which decides the order of sets of strings.
    """

    clock_offset: str
    hash_seed: int


def run_sandboxed(
    arguments: list[str], folders: Folders, limits: SandboxLimits, conditions: RunConditions
) -> Outcome:
    """Run `python3 ARGUMENTS` in /repo, to its end or to the wall limit.

    The command is a chain in which each program starts the next: setpriv drops the uid, prlimit
    sets the caps that bubblewrap may have too, bubblewrap makes the sandbox, a second prlimit in
    it caps the processes, and that one becomes the interpreter.

    Raises:
        Unavailable: `sandbox-missing` when a part of the sandbox is not installed, or
            `sandbox-failed` when it ended before the program began.
    """
    tools = find_tools()
    program = [str(tools.python), *INTERPRETER_FLAGS, *arguments]
    # Both are handed on as open files in memory: a path could be replaced by others, and a pipe
    # would want a reader while the program runs.
    with open_filter() as system_calls, os.fdopen(os.memfd_create("status"), "rb") as status:
        command = [
            *_drop_uid(tools),
            *_limit(tools, limits),
            *_wrap(tools, folders, conditions),
            *("--seccomp", str(system_calls.fileno())),
            *("--json-status-fd", str(status.fileno()), "--"),
            # Inside, where the kernel counts in the sandbox's own user namespace.
            *(tools.prlimit, f"--nproc={limits.processes}", "--", *program),
        ]
        inherited = (system_calls.fileno(), status.fileno())
        outcome = with_own_keyring(lambda: _run_to_its_end(command, inherited, limits.wall_seconds))
        status.seek(0)
        # The exit status alone does not tell a sandbox that failed from a program that did, and
        # only the program's failure is its buyer's affair.
        if not outcome.is_too_slow and not _started(status.read()):
            raise Unavailable(
                "sandbox-failed",
                f"bubblewrap ended with status {outcome.status} before the program began.",
                "Allow unprivileged user namespaces, and let others pass through the temporary "
                "folder; `market doctor` tells when it works.",
            )
    return outcome


def _run_to_its_end(command: list[str], pass_fds: tuple[int, ...], wall_seconds: int) -> Outcome:
    process = subprocess.Popen(
        command,
        # Of bubblewrap and what comes before it; the program's own is set in `_environment`.
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=pass_fds,
        # A group of its own, so that the whole chain can be ended at once.
        start_new_session=True,
    )
    try:
        process.wait(wall_seconds)
    except subprocess.TimeoutExpired:
        # The sandbox dies with its parent, and every process in it with the sandbox.
        os.killpg(process.pid, signal.SIGKILL)
        return Outcome(process.wait(), is_too_slow=True)
    return Outcome(process.returncode, is_too_slow=False)


def _drop_uid(tools: Tools) -> list[str]:
    # Whoever is not root has no uid to give up: the user namespace then maps their own to nobody.
    if os.geteuid() != 0:
        return []
    return [tools.setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


def _limit(tools: Tools, limits: SandboxLimits) -> list[str]:
    return [
        tools.prlimit,
        f"--as={limits.memory_bytes}",
        f"--fsize={limits.file_bytes}",
        # Of each process's computing, a second beyond the wall limit, so that this ends a loop and
        # it is called too slow; it also ends what only waits.
        f"--cpu={limits.wall_seconds + 1}",
        "--nofile=256",
        # A core would be a second file, with the whole of a process in it.
        "--core=0",
        "--",
    ]


def _wrap(tools: Tools, folders: Folders, conditions: RunConditions) -> list[str]:
    prefix = tools.python.parent.parent
    own_python = [] if prefix.is_relative_to("/usr") else ["--ro-bind", str(prefix), str(prefix)]
    # bubblewrap does these in the order given (bwrap(1)).
    return [
        tools.bwrap,
        # First, and closed last: a later bind may lie below them, as a home under /tmp does.
        *(part for folder in _EMPTY for part in ("--tmpfs", folder)),
        # Network, processes, IPC, mounts and users of its own; no further user namespace, in
        # which it would be root over a network or a mount of its making.
        *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
        # A new session has no terminal into which characters could be pushed.
        *("--die-with-parent", "--new-session", "--clearenv"),
        *("--uid", str(NOBODY), "--gid", str(NOBODY), "--hostname", "job"),
        # The interpreter and its libraries: the one part of this machine it sees.
        *("--ro-bind", "/usr", "/usr", "--ro-bind", "/etc/ld.so.cache", "/etc/ld.so.cache"),
        *("--ro-bind-try", "/etc/alternatives", "/etc/alternatives"),
        *("--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib"),
        *("--symlink", "usr/lib64", "/lib64", *own_python),
        *("--proc", "/proc", *_HIDE_FIRST_PROCESS, "--dev", "/dev"),
        # Names of keys that belong to the uid outside.
        *(part for name in _KEY_LISTS for part in ("--ro-bind", os.devnull, name)),
        *("--ro-bind", str(folders.sdk), "/sdk", "--ro-bind", str(folders.inputs), "/input"),
        *("--ro-bind", str(folders.repository), "/repo"),
        # A file that exists, not a folder: it can write this one and make no other.
        *("--bind", str(folders.output), f"/out/{folders.output.name}"),
        # What bubblewrap made itself lies in memory, and no limit counts the files in it.
        *(part for folder in (*_EMPTY, "/dev", "/") for part in ("--remount-ro", folder)),
        *("--chdir", "/repo", *_environment(tools, conditions)),
    ]


def _environment(tools: Tools, conditions: RunConditions) -> list[str]:
    values = {
        "PATH": "/usr/bin",
        "HOME": "/tmp",  # noqa: S108 - the sandbox's own
        "LANG": "C.UTF-8",
        "PYTHONPATH": "/sdk",
        "PYTHONHASHSEED": str(conditions.hash_seed),
        # There is nowhere to write it to.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if conditions.clock_offset:
        values |= {"LD_PRELOAD": str(tools.faketime), "FAKETIME": conditions.clock_offset}
    return [part for k, v in values.items() for part in ("--setenv", k, v)]


def _started(statuses: bytes) -> bool:
    """bubblewrap tells an exit code only of a program it got as far as to execute."""
    lines = [json.loads(line) for line in statuses.splitlines() if line.strip()]
    return any("exit-code" in line for line in lines)
