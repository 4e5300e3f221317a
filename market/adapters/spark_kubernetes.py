"""How Spark is started on Kubernetes: spark-submit makes the driver's pod, and the driver its
executors'.

Two templates say how such a pod is locked down, and which key of the store it gets
(helm/market/files/spark); what a job has of its own is said here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crypto import canonical
from market.adapters.child_environment import LOCALE, defined_environment
from market.adapters.resident_spark import ANSWERED, ASKED
from market.adapters.spark_command import (
    JVM_OPTIONS,
    Spark,
    java_environment,
)
from market.errors import Refused, Unavailable
from market.settings import Settings

PROGRAM: Final = "local:///opt/market/spark_jobs/evaluate.py"
"""In the image (helm/images)."""

HEAP_MEBIBYTES = 512
"""Of a pod's memory, for Java; what computes is Python, beside it."""
LEAST_MEBIBYTES = 2 * HEAP_MEBIBYTES

_JOB = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
_IMAGE = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# How the client in spark-submit finds the cluster's API and its own right to it.
_HANDED_ON = (
    *("PATH", "HOME", "TZ", "TMPDIR", "KUBECONFIG"),
    *("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """At a job. `number` counts from 1; `token` tells its driver from one of the same number that
    failed before, whose pod is kept for its log."""

    job: str
    number: int
    token: str

    def __post_init__(self) -> None:
        if not _JOB.fullmatch(self.job):
            raise ValueError(f"job {self.job!r} cannot name a pod")

    @property
    def driver(self) -> str:
        return f"evaluate-{self.job}-{self.number}-{self.token}"

    @property
    def all_drivers(self) -> str:
        """Those of every attempt at the job."""
        return f"evaluate-{self.job}-*"

    @property
    def asked(self) -> str:
        return f"evaluations/{self.job}/{self.number}/{ASKED}"

    @property
    def answered(self) -> str:
        return f"evaluations/{self.job}/{self.number}/{ANSWERED}"


def is_kubernetes(master: str) -> bool:
    """Whether driver and executors are pods of a cluster's."""
    return master.startswith("k8s://")


def check_pods(settings: Settings) -> None:
    """Return if pods can be made by these settings.

    Raises:
        Refused: `settings-invalid`, naming what is wrong and what was expected.
    """
    if settings.store != "s3":
        raise _invalid(f'store is "{settings.store}", which no pod sees, expected "s3"')
    if not _IMAGE.fullmatch(settings.spark_image):
        raise _invalid(f"spark_image is {settings.spark_image!r}, expected NAME@sha256:DIGEST")
    for name in ("spark_namespace", "spark_service_account"):
        if not _LABEL.fullmatch(value := getattr(settings, name)):
            raise _invalid(f"{name} is {value!r}, expected a name of Kubernetes'")
    for name in ("spark_driver_mebibytes", "spark_executor_mebibytes"):
        if (number := getattr(settings, name)) < LEAST_MEBIBYTES:
            raise _invalid(f"{name} is {number}, expected {LEAST_MEBIBYTES} or more")
    for name in ("spark_executors", "spark_executor_cores"):
        if (number := getattr(settings, name)) < 1:
            raise _invalid(f"{name} is {number}, expected 1 or more")


def check_templates(settings: Settings) -> None:
    """Return if the templates of both pods are here.

    Raises:
        Unavailable: `spark-template-missing`.
    """
    for name in ("spark_driver_template", "spark_executor_template"):
        _template(settings, name)


def submit_command(spark: Spark, settings: Settings, attempt: Attempt) -> list[str]:
    """The argument list that makes an attempt's driver and waits for its end.

    Raises:
        Unavailable: `spark-template-missing`.
    """
    command = [str(spark.home / "bin" / "spark-submit"), "--master", settings.spark_master]
    command += ["--deploy-mode", "cluster", "--name", attempt.job]
    for name, value in _configuration(settings, attempt).items():
        command += ["--conf", f"{name}={value}"]
    described = canonical.dumps(settings.store_description).decode("ascii")
    return [*command, PROGRAM, attempt.asked, attempt.answered, described]


def kill_command(spark: Spark, settings: Settings, driver: str) -> list[str]:
    """The argument list that deletes a driver's pod, or all whose names begin so before a `*`."""
    submission = f"{settings.spark_namespace}:{driver}"
    submit = str(spark.home / "bin" / "spark-submit")
    return [submit, "--master", settings.spark_master, "--kill", submission]


def submit_environment(spark: Spark, inherited: Mapping[str, str]) -> dict[str, str]:
    """What spark-submit sees: where the cluster is, and no key of the store, which is the pods'."""
    defined = defined_environment(inherited)
    handed_on = {name: defined[name] for name in (*_HANDED_ON, *LOCALE) if name in defined}
    return handed_on | java_environment(spark) | {"SPARK_SUBMIT_OPTS": " ".join(JVM_OPTIONS)}


def _configuration(settings: Settings, attempt: Attempt) -> dict[str, str]:
    return {
        "spark.kubernetes.namespace": settings.spark_namespace,
        "spark.kubernetes.container.image": settings.spark_image,
        "spark.kubernetes.driver.pod.name": attempt.driver,
        "spark.kubernetes.driver.podTemplateFile": _template(settings, "spark_driver_template"),
        "spark.kubernetes.executor.podNamePrefix": attempt.driver,
        "spark.kubernetes.executor.podTemplateFile": _template(settings, "spark_executor_template"),
        "spark.kubernetes.authenticate.driver.serviceAccountName": settings.spark_service_account,
        # Executors ask nothing of the cluster; without a name they would get the driver's account.
        "spark.kubernetes.authenticate.executor.serviceAccountName": "default",
        # Else whoever reaches the driver's port could be an executor, and answer what it likes.
        "spark.authenticate": "true",
        "spark.network.crypto.enabled": "true",
        "spark.network.crypto.cipher": "AES/GCM/NoPadding",
        # Else a driver would have to be allowed to list them.
        "spark.kubernetes.driver.reusePersistentVolumeClaim": "false",
        "spark.executor.instances": str(settings.spark_executors),
        "spark.ui.enabled": "false",
        **_resources("driver", 1, settings.spark_driver_mebibytes),
        **_resources("executor", settings.spark_executor_cores, settings.spark_executor_mebibytes),
    }


def _resources(role: str, cores: int, mebibytes: int) -> dict[str, str]:
    return {
        f"spark.{role}.cores": str(cores),
        f"spark.kubernetes.{role}.limit.cores": str(cores),
        f"spark.{role}.memory": f"{HEAP_MEBIBYTES}m",
        f"spark.{role}.memoryOverhead": f"{mebibytes - HEAP_MEBIBYTES}m",
        f"spark.{role}.extraJavaOptions": " ".join(JVM_OPTIONS),
    }


def _template(settings: Settings, name: str) -> str:
    path = Path(getattr(settings, name))
    if not path.is_file():
        raise Unavailable(
            "spark-template-missing",
            f"{name} is {str(path)!r}, which is no file here.",
            "Mount the template of the pod there, or correct the setting.",
        )
    return str(path.resolve())


def _invalid(message: str) -> Refused:
    return Refused(
        "settings-invalid",
        f"spark_master is on Kubernetes, and {message}.",
        "Correct market.toml or the environment.",
    )
