"""The resident driver: `spark-submit resident.py DIRECTORY MAXIMUM_BYTES`, a job per connection.

One SparkContext does the jobs of one platform, some at a time, each in a scheduler pool of its own,
so that a small one does not wait for a large one. It ends when its processes hold more memory than
they may, once the jobs it has taken are done; whoever started it starts another
(market.processes.resident).
"""

from __future__ import annotations

import os
import select
import socket
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures.thread import BrokenThreadPool
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psutil
from pyspark import SparkContext

from market import wire
from market.adapters.resident_spark import (
    ANSWERED,
    ASKED,
    STATE,
    Reply,
    ResidentState,
    asked,
    is_own_user,
    job_directory,
    listen,
)
from spark_jobs.evaluate import evaluate
from spark_jobs.warm_up import warm_up

LANES = 4
"""Jobs at once; the others wait. Each keeps its threads, here and in the JVM."""
_LOOK_SECONDS = 1.0
_NAME_SECONDS = 5.0


class Resident:
    """A context and the lanes that jobs run in."""

    def __init__(self, context: SparkContext, directory: Path) -> None:
        self._context = context
        self._directory = directory
        self._jvm = psutil.Process(os.getppid())
        self._counting = threading.Lock()
        self._jobs_done = self._jobs_at_work = 0
        lanes = count()
        self._lanes = ThreadPoolExecutor(
            LANES,
            # A pool per lane, not per job: Spark never forgets a pool.
            initializer=lambda: context.setLocalProperty("spark.scheduler.pool", f"{next(lanes)}"),
        )

    def serve(self, connection: socket.socket) -> None:
        """Do the job that a connection asks for, and drop it when the connection is closed."""
        with connection:
            if not is_own_user(connection):
                return
            connection.settimeout(_NAME_SECONDS)
            try:
                word = asked(connection)
                if word == STATE:
                    connection.sendall(wire.encode(self._state()))
                elif path := job_directory(self._directory, word):
                    self._serve_job(connection, path)
                else:
                    connection.sendall(Reply.FAILED.value)
            except BrokenThreadPool:
                # No lane can be made without a JVM; see `_do`.
                os._exit(1)
            except (ConnectionError, TimeoutError):
                # Nobody is left to be told.
                return

    def _serve_job(self, connection: socket.socket, path: Path) -> None:
        with self._at_work():
            done = self._lanes.submit(self._do, path)
            while not wait([done], _LOOK_SECONDS / 10).done:
                if _is_closed(connection):
                    self._drop(path, done)
                    return
        reply = done.result()
        self._count(done=1)
        connection.sendall(reply.value)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._count(at_work=1)
        try:
            yield
        finally:
            self._count(at_work=-1)

    def _count(self, *, done: int = 0, at_work: int = 0) -> None:
        with self._counting:
            self._jobs_done += done
            self._jobs_at_work += at_work

    def _state(self) -> ResidentState:
        with self._counting:
            jobs_done, jobs_at_work = self._jobs_done, self._jobs_at_work
        since = int(self._jvm.create_time())
        return ResidentState(self._jvm.pid, since, jobs_done, jobs_at_work, used_bytes())

    def _do(self, path: Path) -> Reply:
        try:
            self._context.setJobGroup(path.name, path.name, interruptOnCancel=True)
            evaluated = evaluate(self._context, (path / ASKED).read_bytes())
            unfinished = path / f"{ANSWERED}.new"
            unfinished.write_bytes(wire.encode(evaluated))
            unfinished.replace(path / ANSWERED)
        except Exception:  # noqa: BLE001 - whatever stopped one job, the others go on
            if not self._has_context():
                # Every connection is closed with this process: its jobs are done again. Nothing
                # can be said: what is written goes through the JVM.
                os._exit(1)
            traceback.print_exc()
            return Reply.FAILED
        return Reply.DONE

    def _has_context(self) -> bool:
        """Whether the JVM is there, and its context not stopped."""
        try:
            return self._context.defaultParallelism > 0
        except Exception:  # noqa: BLE001 - whatever it is, it answers nothing
            return False

    def _drop(self, path: Path, done: Future[Reply]) -> None:
        # Again and again: between two stages a group has nothing to cancel.
        while not done.cancel() and not wait([done], _LOOK_SECONDS).done:
            self._context.cancelJobGroup(path.name)


def _is_closed(connection: socket.socket) -> bool:
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and not connection.recv(1)


def used_bytes() -> int:
    """Resident memory of the JVM, of this driver and of the workers."""
    total = 0
    jvm = psutil.Process(os.getppid())
    for process in (jvm, *jvm.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def run(context: SparkContext, directory: Path, maximum_bytes: int) -> None:
    """Take jobs until memory has grown past the limit; then finish those that were taken."""
    jvm = os.getppid()
    resident = Resident(context, directory)
    serving: list[threading.Thread] = []
    with listen(directory) as listening:
        listening.settimeout(_LOOK_SECONDS)
        while used_bytes() <= maximum_bytes:
            serving = [thread for thread in serving if thread.is_alive()]
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                if os.getppid() != jvm:
                    # Without its JVM a driver can do nothing, not even end its threads.
                    os._exit(1)
                continue
            serving.append(threading.Thread(target=resident.serve, args=(connection,)))
            serving[-1].start()
    print(f"more than {maximum_bytes} bytes are in use: ending for a successor", flush=True)
    for thread in serving:
        thread.join()


def main(arguments: list[str]) -> None:
    """Serve the jobs of a platform's Spark directory."""
    context = SparkContext(appName="resident")
    try:
        warm_up(context)
        run(context, Path(arguments[0]), int(arguments[1]))
    finally:
        context.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
