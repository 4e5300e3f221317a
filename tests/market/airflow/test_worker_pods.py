"""What Airflow is told of pods for steps, and what a step's pod is not told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from market.adapters.platform_secrets import AIRFLOW_JWT, AIRFLOW_SESSION, make_secrets
from market.adapters.platform_secrets import platform_secret as secret_of
from market.airflow.environment import airflow_options, worker_options
from market.airflow.worker_pods import check_worker_pods
from market.errors import Refused, Unavailable
from market.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    template = tmp_path / "worker.yaml"
    template.touch()
    settings = Settings(
        home=tmp_path,
        airflow_executor="KubernetesExecutor",
        airflow_pod_template=str(template),
        airflow_namespace="market",
    )
    make_secrets(settings)
    return settings


def test_executor_is_told_namespace_and_template(settings: Settings) -> None:
    options = airflow_options(settings, Path("/dags"))
    told = {
        name.removeprefix("AIRFLOW__KUBERNETES_EXECUTOR__"): value
        for name, value in options.items()
        if name.startswith("AIRFLOW__KUBERNETES_EXECUTOR__")
    }
    assert told["NAMESPACE"] == "market"
    assert told["POD_TEMPLATE_FILE"] == settings.airflow_pod_template
    # A pod whose step failed is all that is left of its log.
    assert told["DELETE_WORKER_PODS_ON_FAILURE"] == "False"
    local = replace(settings, airflow_executor="LocalExecutor")
    assert not [name for name in airflow_options(local, Path("/dags")) if "KUBERNETES" in name]


def test_pod_of_a_step_gets_no_secret_of_airflows_and_not_its_database(settings: Settings) -> None:
    options = worker_options(settings, Path("/dags"))
    secrets = [secret_of(settings, name).reveal().hex() for name in (AIRFLOW_JWT, AIRFLOW_SESSION)]
    of_others = airflow_options(settings, Path("/dags"))
    assert all(any(secret in value for value in of_others.values()) for secret in secrets)
    assert not any(secret in value for value in options.values() for secret in secrets)
    assert "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN" not in options
    url = "AIRFLOW__CORE__EXECUTION_API_SERVER_URL"
    assert options[url] == of_others[url]


def test_scheduler_that_can_make_no_pod_does_not_start(settings: Settings) -> None:
    check_worker_pods(settings)
    with pytest.raises(Refused, match=r"settings-invalid.*airflow_namespace is empty.*no pod"):
        check_worker_pods(replace(settings, airflow_namespace=""))
    with pytest.raises(Unavailable, match=r"worker-template-missing.*/nowhere/worker\.yaml"):
        check_worker_pods(replace(settings, airflow_pod_template="/nowhere/worker.yaml"))
    check_worker_pods(Settings(home=settings.home))


def test_missing_part_of_airflow_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(Unavailable, match=r"kubernetes-missing.*ciphertext-market\[kubernetes\]"):
        check_worker_pods(settings)
