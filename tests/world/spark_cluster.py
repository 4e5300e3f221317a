"""A standalone Spark of this machine: one master and workers, each a process of its own.

They start as on any cluster: with the environment of their machine and nothing of the platform's.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from market.adapters.spark_command import JVM_OPTIONS, find_spark, spark_environment
from market.settings import Settings
from world.loopback import free_port
from world.waiting import eventually

_LOOPBACK = "127.0.0.1"
_OF_THE_MACHINE = ("PATH", "HOME", "LANG", "LC_ALL", "JAVA_HOME", "SPARK_HOME", "SPARK_LOCAL_IP")
_QUICK = {"SPARK_DAEMON_JAVA_OPTS": " ".join(JVM_OPTIONS)}
"""They live for seconds: nothing is compiled a second time."""


@dataclass(frozen=True)
class SparkCluster:
    """`workers` have one core each."""

    master: str
    workers: tuple[psutil.Process, ...]

    def computing(self, worker: psutil.Process) -> list[psutil.Process]:
        """The Python processes of a worker that have loaded what they compute with."""
        return [process for process in _below(worker) if _computes(process)]


@contextmanager
def spark_cluster(
    folder: Path, inherited: dict[str, str], *, workers: int
) -> Iterator[SparkCluster]:
    """A master and as many workers; whatever is left of them afterwards is killed by its id."""
    with ExitStack() as stack:
        port = free_port()
        master = f"spark://{_LOOPBACK}:{port}"
        log = folder / "master.log"
        _start(stack, folder, inherited, log, "master.Master", "--port", str(port))
        eventually(lambda: "New state: ALIVE" in log.read_text())
        started = []
        for number in range(workers):
            place = str(folder / f"worker-{number}")
            options = ("--cores", "1", "--memory", "1g", "--work-dir", place, master)
            log_of_worker = folder / f"worker-{number}.log"
            started.append(
                _start(stack, folder, inherited, log_of_worker, "worker.Worker", *options)
            )
        eventually(lambda: log.read_text().count("Registering worker") == workers)
        yield SparkCluster(master, tuple(started))


def kill_all(process: psutil.Process) -> None:
    """The process and all below it, as when its machine stops."""
    gone = [process, *_below(process)]
    for each in gone:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue


def _start(
    stack: ExitStack, folder: Path, inherited: dict[str, str], log: Path, kind: str, *options: str
) -> psutil.Process:
    spark = find_spark(Settings(home=folder))
    settings = Settings(home=folder, spark_master=f"spark://{_LOOPBACK}:0")
    told = spark_environment(spark, settings, inherited)
    command = [str(spark.home / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind}"]
    output = stack.enter_context(log.open("ab"))
    process = subprocess.Popen(
        [*command, "--host", _LOOPBACK, "--webui-port", "0", *options],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={name: told[name] for name in _OF_THE_MACHINE if name in told} | _QUICK,
    )
    seen = psutil.Process(process.pid)
    stack.callback(process.wait)
    stack.callback(kill_all, seen)
    return seen


def _below(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _computes(process: psutil.Process) -> bool:
    try:
        parent = process.parent()
        if parent is None or "pyspark.daemon" not in parent.cmdline():
            return False
        return "numpy" in Path(f"/proc/{process.pid}/maps").read_text()
    except (psutil.NoSuchProcess, psutil.ZombieProcess, ProcessLookupError, FileNotFoundError):
        return False
