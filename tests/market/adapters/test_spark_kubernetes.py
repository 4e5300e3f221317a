"""What Spark on Kubernetes is told, and what settings no pod can be made by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from market.adapters.java import Java
from market.adapters.spark import SparkEvaluator
from market.adapters.spark_command import Spark
from market.adapters.spark_kubernetes import (
    Attempt,
    check_pods,
    kill_command,
    submit_command,
    submit_environment,
)
from market.errors import Refused, Unavailable
from market.settings import Settings

ATTEMPT = Attempt("job-0123456789ab", 2, "beef")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    template = tmp_path / "template.yaml"
    template.touch()
    return Settings(
        home=tmp_path,
        store="s3",
        s3_bucket="market",
        spark_master="k8s://https://kubernetes.default.svc",
        spark_image="registry.example.org:5000/market-spark@sha256:" + 64 * "a",
        spark_namespace="market",
        spark_service_account="market-spark",
        spark_driver_template=str(template),
        spark_executor_template=str(template),
    )


@pytest.fixture
def spark(tmp_path: Path) -> Spark:
    return Spark(tmp_path, Java(tmp_path, 21, ""), tmp_path / "classes.jsa")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("store", "local"),
        ("spark_image", ""),
        ("spark_image", "registry.example.org/market-spark:latest"),
        ("spark_image", "market-spark@sha256:abc"),
        ("spark_namespace", ""),
        ("spark_namespace", "Market"),
        ("spark_service_account", "market spark"),
        ("spark_executors", 0),
        ("spark_executor_cores", 0),
        ("spark_executor_mebibytes", 1_023),
        ("spark_driver_mebibytes", 0),
    ],
)
def test_setting_that_no_pod_can_be_made_by_is_refused_at_start(
    settings: Settings, key: str, value: str | int
) -> None:
    check_pods(settings)
    SparkEvaluator(settings)
    with pytest.raises(Refused, match=rf"settings-invalid.*\b{key} is .*expected") as refused:
        SparkEvaluator(replace(settings, **{key: value}))
    assert str(value) in refused.value.message
    SparkEvaluator(replace(settings, **{key: value}, spark_master="local[2]"))


def test_template_that_is_not_mounted_is_named(settings: Settings, spark: Spark) -> None:
    absent = replace(settings, spark_executor_template="/nowhere/executor.yaml")
    with pytest.raises(Unavailable, match=r"spark-template-missing.*/nowhere/executor\.yaml"):
        submit_command(spark, absent, ATTEMPT)


def test_job_names_application_driver_and_documents(settings: Settings, spark: Spark) -> None:
    command = submit_command(spark, settings, ATTEMPT)
    driver = "evaluate-job-0123456789ab-2-beef"
    assert command[command.index("--name") + 1] == ATTEMPT.job
    assert f"spark.kubernetes.driver.pod.name={driver}" in command
    assert command[-4:] == [
        "local:///opt/market/spark_jobs/evaluate.py",
        "evaluations/job-0123456789ab/2/evaluation.json",
        "evaluations/job-0123456789ab/2/evaluated.json",
        '{"bucket":"market","endpoint_url":"","kind":"s3","region":"us-east-1"}',
    ]
    assert kill_command(spark, settings, driver)[-2:] == ["--kill", f"market:{driver}"]


@pytest.mark.parametrize("job", ["", "Job", "job_1", "-job", "j" * 31, "job-*"])
def test_job_that_cannot_name_a_pod_is_an_error(job: str) -> None:
    with pytest.raises(ValueError, match="cannot name a pod"):
        Attempt(job, 1, "beef")


def test_spark_submit_gets_no_key_of_the_store(spark: Spark) -> None:
    inherited = {
        "PATH": "/usr/bin",
        "HOME": "/home/market",
        "KUBERNETES_SERVICE_HOST": "192.0.2.1",
        "MARKET_HOME": "/srv/market",
        "MARKET_S3_ACCESS_KEY_ID": "id",
        "MARKET_S3_SECRET_ACCESS_KEY": "secret",
        "SPARK_CONF_DIR": "/elsewhere",
        "https_proxy": "http://127.0.0.1:9",
    }
    environment = submit_environment(spark, inherited)
    assert environment["KUBERNETES_SERVICE_HOST"] == "192.0.2.1"
    assert "LC_ALL" in environment
    assert not {"https_proxy", "SPARK_CONF_DIR"} & environment.keys()
    assert not [name for name in environment if name.startswith("MARKET_")]
