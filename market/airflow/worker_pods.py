"""Steps of jobs in pods of their own: Airflow's KubernetesExecutor, and what it has to be told.

The executor makes a pod of the template in `airflow_pod_template` for every step; its container is
called `base` and begins with `market airflow worker`, after which Airflow puts what to run
(decisions/0003). A pod whose step failed is kept for its log, any other is deleted.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Final

from market.errors import Refused, Unavailable
from market.settings import Settings

EXECUTOR: Final = "KubernetesExecutor"
_OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_PROVIDER = "apache-airflow-providers-cncf-kubernetes"


def worker_pod_options(settings: Settings) -> dict[str, str]:
    """Airflow's options; none for another executor."""
    if settings.airflow_executor != EXECUTOR:
        return {}
    return {
        "KUBERNETES_EXECUTOR__NAMESPACE": _namespace(settings),
        "KUBERNETES_EXECUTOR__POD_TEMPLATE_FILE": settings.airflow_pod_template,
        "KUBERNETES_EXECUTOR__DELETE_WORKER_PODS": "True",
        "KUBERNETES_EXECUTOR__DELETE_WORKER_PODS_ON_FAILURE": "False",
        # By default one in each round of the scheduler.
        "KUBERNETES_EXECUTOR__WORKER_PODS_CREATION_BATCH_SIZE": str(settings.airflow_parallelism),
    }


def check_worker_pods(settings: Settings) -> None:
    """Return if the scheduler can make pods by these settings, or is not asked to.

    Raises:
        Refused: `settings-invalid`: it is not known in which namespace.
        Unavailable: `kubernetes-missing`: Airflow's part for it is not installed;
            `worker-template-missing`: the template is not here.
    """
    if settings.airflow_executor != EXECUTOR:
        return
    if not _namespace(settings):
        raise Refused(
            "settings-invalid",
            f"airflow_executor is {EXECUTOR}, airflow_namespace is empty, and this is no pod.",
            "Correct market.toml or the environment.",
        )
    if not Path(settings.airflow_pod_template).is_file():
        raise Unavailable(
            "worker-template-missing",
            f"airflow_pod_template is {settings.airflow_pod_template!r}, which is no file here.",
            "Mount the template of a step's pod there, or correct the setting.",
        )
    try:
        importlib.metadata.version(_PROVIDER)
    except importlib.metadata.PackageNotFoundError as error:
        raise Unavailable(
            "kubernetes-missing",
            f"{_PROVIDER} is not installed, and airflow_executor is {EXECUTOR}.",
            "Install the extra: ciphertext-market[kubernetes].",
        ) from error


def _namespace(settings: Settings) -> str:
    if settings.airflow_namespace or not _OWN_NAMESPACE.is_file():
        return settings.airflow_namespace
    return _OWN_NAMESPACE.read_text("ascii").strip()
