"""What a piece of work takes with every process it starts: wall time, CPU time, memory.

CPU is the kernel's own count of ended processes (getrusage); this process adopts orphans (Linux,
PR_SET_CHILD_SUBREAPER) and waits for them. That count has a hole: of a process whose parent ignores
SIGCHLD nobody learns what it took, and the parent of Spark's Python workers, pyspark.daemon, does.
Those are looked at, as memory is, fifty times a second; what one takes after the last look is lost.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_SUBREAPER = 36
_LOOKS_PER_SECOND = 50
_ORPHANS_END_WITHIN_SECONDS = 20


@dataclass(frozen=True)
class Use:
    """Of all processes below this one. `worker_megabytes` is the largest Python worker of Spark's,
    `megabytes` the largest sum over all processes at one time, pages they share counted in each."""

    wall_seconds: float
    cpu_seconds: float
    worker_megabytes: float
    megabytes: float


def watched(work: Callable[[], object], *, cores: int | None = None) -> Use:
    """Do the work, on as many cores as said, and tell what it took.

    Raises:
        RuntimeError: a process that the work started is still there long after it.
    """
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    looks = _Looks()
    before, began = _cpu_of_ended(), time.perf_counter()
    with looks, _on(cores):
        work()
        wall = time.perf_counter() - began
        adopted = _wait_for_orphans()
    # An adopted process was waited for, so the kernel's count has it.
    lost = sum(cpu for pid, cpu in looks.uncounted.items() if pid not in adopted)
    return Use(wall, _cpu_of_ended() - before + lost, looks.worker_megabytes, looks.megabytes)


class _Looks(threading.Thread):
    """What is seen of the processes below this one; `uncounted` is the CPU, by process id, of those
    that their parent will not wait for."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.uncounted: dict[int, float] = {}
        self.worker_megabytes = 0.0
        self.megabytes = 0.0
        self._done = threading.Event()

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        while not self._done.wait(1 / _LOOKS_PER_SECOND):
            self._look()

    def _look(self) -> None:
        total = 0.0
        for process in psutil.Process().children(recursive=True):
            try:
                resident = process.memory_info().rss / 1e6
                if "pyspark.daemon" in " ".join(process.cmdline()):
                    self.worker_megabytes = max(self.worker_megabytes, resident)
                if _ignores_its_children(process.ppid()):
                    times = process.cpu_times()
                    self.uncounted[process.pid] = times.user + times.system
            except (psutil.Error, OSError):
                # It ended while it was looked at.
                continue
            total += resident
        self.megabytes = max(self.megabytes, total)


@contextlib.contextmanager
def _on(cores: int | None) -> Iterator[None]:
    """Threads and processes begun within share these cores."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:cores])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _ignores_its_children(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
    return bool(ignored >> (signal.SIGCHLD - 1) & 1)


def _wait_for_orphans() -> set[int]:
    adopted: set[int] = set()
    until = time.monotonic() + _ORPHANS_END_WITHIN_SECONDS
    while time.monotonic() < until:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return adopted
        if ended:
            adopted.add(ended)
        else:
            time.sleep(0.01)
    raise RuntimeError(f"{psutil.Process().children(recursive=True)} did not end")


def _cpu_of_ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
