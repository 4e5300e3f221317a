"""What a sandboxed program may ask of the kernel: an allow list, as seccomp runs it.

The list is what an interpreter needs that reads files, computes and writes one; everything else is
refused with EPERM: sockets of every family (vsock and netlink reach past a network namespace),
keyrings, io_uring, perf, bpf, userfaultfd, ptrace, namespaces, mounts, modules, clocks. The memory
of another process is a file, too, which no filter sees: `run` hides the only one that is not the
program's own. Four calls depend on their arguments:

    clone   without a flag that makes a namespace: threads and processes, nothing else
    ioctl   what Python asks of a file; never TIOCSTI, which types into a terminal
    prlimit64  of the process itself, named by 0: never the limits of another one
    clone3  its flags lie in memory, where no filter sees them: ENOSYS, and libc takes clone

Calls of another architecture (32-bit, x32) end the process. The filter is made by libseccomp from
the names of the calls, so that numbers are the library's business; bubblewrap loads it last.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
from typing import BinaryIO, Final

from market.errors import Unavailable

ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH_... of linux/audit.h, by the machine's name."""

# fmt: off
ALLOWED: Final = frozenset({
    # files
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "lseek",
    "open", "openat", "close", "close_range", "dup", "dup2", "dup3", "fcntl", "flock",
    "stat", "fstat", "lstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat",
    "faccessat2", "readlink", "readlinkat", "getcwd", "chdir", "fchdir", "getdents", "getdents64",
    "truncate", "ftruncate", "fsync", "fdatasync", "fadvise64", "copy_file_range", "sendfile",
    "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2",
    "link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "umask",
    "utime", "utimes", "utimensat", "pipe", "pipe2", "eventfd2",
    "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait",
    "epoll_pwait",
    # memory
    "brk", "mmap", "munmap", "mprotect", "mremap", "madvise", "msync",
    # processes, their signals and limits
    "execve", "fork", "vfork", "wait4", "waitid", "exit", "exit_group", "kill", "tkill", "tgkill",
    "getpid", "getppid", "gettid", "getpgrp", "getpgid", "setpgid", "getsid", "setsid",
    "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
    "rt_sigtimedwait", "sigaltstack", "pause", "restart_syscall",
    "getrlimit", "setrlimit", "getrusage", "times",
    # threads
    "futex", "set_tid_address", "set_robust_list", "get_robust_list", "rseq", "membarrier",
    "sched_yield", "sched_getaffinity", "getcpu", "arch_prctl",
    # time and chance
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "alarm", "getitimer", "setitimer", "getrandom",
    # what the machine is
    "uname", "sysinfo",
})
# fmt: on

_NAMESPACES = 0x7E020000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET; clone has no NEWTIME."""

_FILE_REQUESTS = (
    0x5401,  # TCGETS: is it a terminal?
    0x5413,  # TIOCGWINSZ
    0x541B,  # FIONREAD
    0x5421,  # FIONBIO
    0x5450,  # FIONCLEX
    0x5451,  # FIOCLEX
)
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_BAD_ARCHITECTURE = 2
_MASKED_EQUAL = 7
_UNKNOWN_NAME = -1


class _Comparison(ctypes.Structure):
    """struct scmp_arg_cmp of seccomp.h."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def open_filter() -> BinaryIO:
    """The filter of this machine as bubblewrap reads it, from its beginning to its end.

    Raises:
        Unavailable: `sandbox-missing` without libseccomp, `sandbox-failed` on a machine for which
            there is no list.
    """
    program = filter_program(platform.machine())
    # In memory: bubblewrap reads it through a descriptor that it inherits.
    file = os.fdopen(os.memfd_create("system-calls"), "w+b", buffering=0)
    file.write(program)
    file.seek(0)
    return file


@functools.cache
def filter_program(machine: str) -> bytes:
    """The filter for a machine: struct sock_filter after struct sock_filter (linux/filter.h).

    Raises:
        Unavailable: see `open_filter`.
    """
    if machine not in ARCHITECTURES:
        raise _failed(f"there is no list of system calls for {machine}")
    library = _library()
    # The default is what holds for every call without a rule: an error, not the process's end, so
    # that an interpreter which only tries something goes on without it.
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_ERRNO | errno.EPERM)))
    if not context:
        raise _failed("libseccomp makes no filter")
    try:
        _choose_architecture(library, context, machine)
        _add_rules(library, context)
        return _export(library, context)
    finally:
        library.seccomp_release(context)


def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError as error:
        raise Unavailable(
            "sandbox-missing",
            "The sandbox lacks libseccomp: no program of others is run without it.",
            "Install the package libseccomp2.",
        ) from error
    # ctypes takes results for int, which would cut a pointer in half.
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_release.restype = None
    return library


def _choose_architecture(library: ctypes.CDLL, context: ctypes.c_void_p, machine: str) -> None:
    native = ARCHITECTURES.get(platform.machine())
    wanted = ARCHITECTURES[machine]
    # A new filter holds the machine's own architecture. The tests make another's, too, and it must
    # stand in alone: numbers of one architecture mean other calls in the next.
    if wanted != native:
        _check(library.seccomp_arch_add(context, ctypes.c_uint32(wanted)))
        _check(library.seccomp_arch_remove(context, ctypes.c_uint32(library.seccomp_arch_native())))
    # A 32-bit call made by a 64-bit program has numbers of its own, which no rule here looks at.
    _check(
        library.seccomp_attr_set(context, _BAD_ARCHITECTURE, ctypes.c_uint32(_KILL_PROCESS)),
    )


def _add_rules(library: ctypes.CDLL, context: ctypes.c_void_p) -> None:
    def add(action: int, name: str, *comparisons: _Comparison) -> None:
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number == _UNKNOWN_NAME:
            # Younger than the library: refused like everything that is not named.
            return
        # The variant with an array: the other is variadic, which ctypes cannot call safely.
        array = (_Comparison * len(comparisons))(*comparisons)
        _check(
            library.seccomp_rule_add_array(
                context, ctypes.c_uint32(action), number, len(comparisons), array
            )
        )

    for name in sorted(ALLOWED):
        add(_ALLOW, name)
    # None of the namespace bits in the flags, which are the first argument on both machines.
    add(_ALLOW, "clone", _Comparison(0, _MASKED_EQUAL, _NAMESPACES, 0))
    # The number of a process has 32 bits; nobody says what stands in the upper ones.
    add(_ALLOW, "prlimit64", _Comparison(0, _MASKED_EQUAL, 0xFFFFFFFF, 0))
    for request in _FILE_REQUESTS:
        # The kernel takes a request's low 32 bits only; callers leave anything in the upper ones.
        add(_ALLOW, "ioctl", _Comparison(1, _MASKED_EQUAL, 0xFFFFFFFF, request))
    # Not EPERM: libc falls back to clone when the call is not there, and gives up otherwise.
    add(_ERRNO | errno.ENOSYS, "clone3")


def _export(library: ctypes.CDLL, context: ctypes.c_void_p) -> bytes:
    descriptor = os.memfd_create("exported", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        _check(library.seccomp_export_bpf(context, descriptor))
        file.seek(0)
        return file.read()


def _check(status: int) -> None:
    if status != 0:
        raise _failed(f"libseccomp answers {status} ({os.strerror(-status)})")


def _failed(reason: str) -> Unavailable:
    return Unavailable(
        "sandbox-failed",
        f"The program's system calls cannot be filtered here: {reason}.",
        f"Run it on a Linux machine of {' or '.join(ARCHITECTURES)} with libseccomp 2.5 or later.",
    )
