"""How Spark is started: one command and one environment, the same for a job and for its archive.

The archive (AppCDS) holds Spark's classes as the JVM keeps them in memory; a JVM that maps it
starts in less than half the time. It fits one JVM, one class path and one set of options, so its
name is a digest of them. `market up` has it made in the background (market.processes.prepare).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import market
from market.adapters.child_environment import LOCALE, defined_environment
from market.adapters.java import Java, find_java
from market.adapters.stores.credentials import credentials_for_spark
from market.errors import Unavailable
from market.settings import Settings

SOURCE = Path(market.__file__).resolve().parent.parent
JVM_OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")
"""Spark's own time goes into starting; a job's goes into Python workers. So: no second compiler."""
_HANDED_ON = (
    *("PATH", "HOME", "TZ", "TMPDIR", "NUMBA_CACHE_DIR"),
    # The authority that the store's certificate is by.
    *("AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"),
    *LOCALE,
)
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Spark:
    """A Spark that can be started; `archive` may not exist yet."""

    home: Path
    java: Java
    archive: Path


def find_spark(settings: Settings) -> Spark:
    """The installed Spark, with the Java it runs on and where its class archive belongs.

    Raises:
        Unavailable: `spark-missing`, `java-missing`.
    """
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise Unavailable(
            "spark-missing",
            "PySpark is not installed.",
            "Install the extra: ciphertext-market[spark].",
        )
    directory = settings.home.resolve() / "spark"
    home = Path(found.origin).parent
    java = find_java(directory / "java", os.environ)
    words = (
        java.banner,
        str(java.home),
        str(home),
        importlib.metadata.version("pyspark"),
        *JVM_OPTIONS,
    )
    key = hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]
    return Spark(home, java, directory / f"classes-{key}.jsa")


def spark_command(
    spark: Spark, settings: Settings, evaluation: Path, result: Path, *, archive_to: Path | None
) -> list[str]:
    """The argument list; with `archive_to` the JVM leaves its archive there when it ends."""
    words = ("evaluate.py", str(evaluation), str(result))
    return _command(spark, settings, _jvm_options(spark, archive_to), {}, words)


def resident_command(spark: Spark, settings: Settings, directory: Path) -> list[str]:
    """The argument list of the application that does the jobs of a directory, one after another
    and beside each other."""
    configuration = {"spark.scheduler.mode": "FAIR"}
    words = ("resident.py", str(directory), str(settings.spark_maximum_bytes))
    return _command(spark, settings, _jvm_options(spark, None), configuration, words)


def _jvm_options(spark: Spark, archive_to: Path | None) -> tuple[str, ...]:
    if archive_to is not None:
        return (*JVM_OPTIONS, f"-XX:ArchiveClassesAtExit={archive_to}")
    if spark.archive.exists():
        return (*JVM_OPTIONS, f"-XX:SharedArchiveFile={spark.archive}")
    return JVM_OPTIONS


def _command(
    spark: Spark,
    settings: Settings,
    options: tuple[str, ...],
    more: Mapping[str, str],
    words: tuple[str, ...],
) -> list[str]:
    configuration = {
        **more,
        "spark.ui.enabled": "false",
        "spark.python.worker.reuse": "true",
    }
    if not is_local(settings.spark_master):
        configuration["spark.executor.extraJavaOptions"] = " ".join(JVM_OPTIONS)
    if is_on_this_machine(settings.spark_master):
        configuration["spark.driver.host"] = _LOOPBACK
        configuration["spark.driver.bindAddress"] = _LOOPBACK
    command = [str(spark.home / "bin" / "spark-submit"), "--master", settings.spark_master]
    for name, value in configuration.items():
        command += ["--conf", f"{name}={value}"]
    command += ["--driver-java-options", " ".join(map(_quoted, options))]
    program, *arguments = words
    return [*command, str(SOURCE / "spark_jobs" / program), *arguments]


def _quoted(option: str) -> str:
    """One word for Spark, which takes the options apart again: a home's name may hold spaces."""
    escaped = option.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def is_local(master: str) -> bool:
    """Whether the workers are Spark's own local ones: then one application can be kept for all
    jobs. A cluster's resources are not held while nobody asks."""
    return master == "local" or master.startswith("local[")


def is_on_this_machine(master: str) -> bool:
    """Whether driver and workers are processes of this machine for certain: Spark's own local
    masters, and a standalone one that listens at loopback. Other workers have to find the driver by
    an address of the network, which Spark takes from the machine."""
    return master == "local" or master.startswith(
        ("local[", "local-cluster[", f"spark://{_LOOPBACK}:")
    )


def spark_environment(
    spark: Spark, settings: Settings, inherited: Mapping[str, str]
) -> dict[str, str]:
    """What driver and workers see: no MARKET_HOME, no secret but a key of the object store, one
    that only reads where there is one.

    Raises:
        Refused: `store-credentials`.
    """
    defined = defined_environment(inherited)
    environment = {name: defined[name] for name in _HANDED_ON if name in defined}
    environment.update(credentials_for_spark(inherited))
    paths = (str(SOURCE), inherited.get("PYTHONPATH", ""))
    environment.update(
        java_environment(spark),
        PYSPARK_PYTHON=sys.executable,
        PYSPARK_DRIVER_PYTHON=sys.executable,
        PYTHONPATH=os.pathsep.join(path for path in paths if path),
    )
    if is_on_this_machine(settings.spark_master):
        environment["SPARK_LOCAL_IP"] = _LOOPBACK
    return environment


def java_environment(spark: Spark) -> dict[str, str]:
    """Where the programs of Spark find Java and themselves."""
    return {"JAVA_HOME": str(spark.java.home), "SPARK_HOME": str(spark.home)}


def dies_with_parent() -> list[str]:
    """A prefix that has Linux kill the command when the process that started it dies."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
