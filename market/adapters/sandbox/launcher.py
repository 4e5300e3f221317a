"""Become a program that nobody trusts, where no bubblewrap can run: in a hardened pod.

Run as a file, by the standard library alone; the one argument is JSON:

    command, environment   what this process becomes, in `directory`
    limits                 pairs of a resource's number and its cap
    readable, writable     paths it may read and execute, and files it may write
    filter, failures       open files: the seccomp program, and where a failure is told

In this order: a session keyring of its own, limits, no new privileges (without which the next two
are refused), Landlock (landlock(7)): no file but those named, no signal to and no look into any
process outside; seccomp (seccomp(2)); execve. Whatever fails is written to `failures`, which a
program that began has closed, and nothing is run.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import resource
import stat
import sys

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_SET_NO_NEW_PRIVS = 38
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_JOIN_SESSION_KEYRING = 1
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

# Rights on files (linux/landlock.h), and the version of Landlock that each group came with.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE = 1 << 14
_BY_VERSION = ((1, (1 << 13) - 1), (2, 1 << 13), (3, _TRUNCATE), (5, 1 << 15))
_NETWORK_VERSION, _BIND_AND_CONNECT_TCP = 4, 0b11
_SCOPE_VERSION, _ABSTRACT_SOCKETS_AND_SIGNALS = 6, 0b11

_LIBC = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    """struct landlock_ruleset_attr: what is refused unless a rule allows it."""

    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    """struct landlock_path_beneath_attr."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _Filter(ctypes.Structure):
    """struct sock_fprog: a number of instructions of eight bytes each, and where they are."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _call(name: str, number: int, *arguments: object) -> int:
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(_LIBC.syscall(ctypes.c_long(number), *wide))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)
    return result


def _control(name: str, option: int, *arguments: object) -> None:
    wide = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    if _LIBC.prctl(option, *wide, *[ctypes.c_ulong(0)] * (4 - len(wide))) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)


def _leave_keyring() -> None:
    try:
        _call("keyctl", _KEYCTL[platform.machine()], _JOIN_SESSION_KEYRING, 0)
    except OSError as error:
        # A container's own filter refuses the call, and with it every key, to all that runs there.
        if error.errno not in (errno.EPERM, errno.ENOSYS):
            raise


def _lock(readable: list[str], writable: list[str]) -> None:
    """Leave no file but these, and no process outside, within reach."""
    version = _call("landlock", _CREATE_RULESET, None, 0, _ASK_VERSION)
    files = sum(rights for since, rights in _BY_VERSION if version >= since)
    ruleset = _Ruleset(files)
    size = 8
    if version >= _NETWORK_VERSION:
        ruleset.network, size = _BIND_AND_CONNECT_TCP, 16
    if version >= _SCOPE_VERSION:
        ruleset.scoped, size = _ABSTRACT_SOCKETS_AND_SIGNALS, 24
    rules = _call("landlock", _CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    reading = _EXECUTE | _READ_FILE | _READ_DIR
    for path in readable:
        _allow(rules, path, reading)
    for path in writable:
        _allow(rules, path, files & (_READ_FILE | _WRITE_FILE | _TRUNCATE))
    _call("landlock", _RESTRICT_SELF, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        # Not every system has every folder of libraries; nothing is allowed by its absence.
        return
    if not stat.S_ISDIR(os.fstat(place).st_mode):
        rights &= ~_READ_DIR
    rule = _PathBeneath(rights, place)
    _call("landlock", _ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(place)


def _filter_calls(descriptor: int) -> None:
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        file.seek(0)
        program = file.read()
    loaded = _Filter(len(program) // 8, program)
    _control("seccomp", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(loaded))


def main(text: str) -> None:
    """Become what the argument says."""
    told = json.loads(text)
    failures = told["failures"]
    for descriptor in (told["filter"], failures):
        os.set_inheritable(descriptor, False)
    try:
        os.umask(0o077)
        os.chdir(told["directory"])
        _leave_keyring()
        for what, most in told["limits"]:
            resource.setrlimit(what, (most, most))
        _control("no_new_privs", _PR_SET_NO_NEW_PRIVS, 1)
        _lock(told["readable"], told["writable"])
        _filter_calls(told["filter"])
        os.execve(told["command"][0], told["command"], told["environment"])  # noqa: S606
    except BaseException as error:  # noqa: BLE001 - whatever it is, the program must not begin
        os.write(failures, f"{type(error).__name__}: {error}".encode()[:500])
        os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
