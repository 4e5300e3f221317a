"""What Spark is told: where its driver is, what it may inherit, options that stay whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from market.adapters.java import Java
from market.adapters.spark_command import (
    JVM_OPTIONS,
    Spark,
    is_local,
    spark_command,
    spark_environment,
)
from market.settings import Settings

MASTERS = {
    "local": True,
    "local[2]": True,
    "local[*,3]": True,
    "local-cluster[2,1,1024]": True,
    "spark://127.0.0.1:7077": True,
    "spark://127.0.0.1.example.org:7077": False,
    "spark://spark.example.org:7077": False,
    "k8s://https://localhost:6443": False,
    "yarn": False,
}


@pytest.fixture
def spark(tmp_path: Path) -> Spark:
    return Spark(tmp_path, Java(tmp_path, 21, ""), tmp_path / "with a space.jsa")


@pytest.mark.parametrize("master", MASTERS)
def test_driver_is_at_loopback_for_workers_of_this_machine_alone(
    spark: Spark, tmp_path: Path, master: str
) -> None:
    settings = Settings(home=tmp_path, spark_master=master)
    inherited = {"PATH": "/usr/bin", "SPARK_LOCAL_IP": "127.0.0.1"}
    environment = spark_environment(spark, settings, inherited)
    command = spark_command(spark, settings, tmp_path, tmp_path, archive_to=None)
    words = {*command, *map("=".join, environment.items())} - {master}
    told = sorted(word for word in words if "127.0.0.1" in word)
    at_loopback = [
        "SPARK_LOCAL_IP=127.0.0.1",
        "spark.driver.bindAddress=127.0.0.1",
        "spark.driver.host=127.0.0.1",
    ]
    assert told == (at_loopback if MASTERS[master] else [])


def test_environment_is_what_spark_needs_and_nothing_else(spark: Spark, tmp_path: Path) -> None:
    inherited = {
        "PATH": "/usr/bin",
        "LANG": "C",
        "http_proxy": "http://127.0.0.1:9",
        "TMPDIR": "/nowhere",
        "MARKET_HOME": "/srv/market",
        "SPARK_CONF_DIR": "/elsewhere",
    }
    environment = spark_environment(spark, Settings(home=tmp_path), inherited)
    assert environment["LANG"] == environment["LC_ALL"] == "C.UTF-8"
    assert not {"http_proxy", "TMPDIR", "MARKET_HOME", "SPARK_CONF_DIR"} & set(environment)


def test_option_with_a_space_stays_one_option(spark: Spark, tmp_path: Path) -> None:
    archive = tmp_path / 'a "b"\\c.jsa'
    command = spark_command(spark, Settings(home=tmp_path), tmp_path, tmp_path, archive_to=archive)
    options = command[command.index("--driver-java-options") + 1]
    assert options.endswith(f'"-XX:ArchiveClassesAtExit={tmp_path}/a \\"b\\"\\\\c.jsa"')


@pytest.mark.parametrize("master", MASTERS)
def test_executors_apart_from_the_driver_start_as_quickly(
    spark: Spark, tmp_path: Path, master: str
) -> None:
    settings = Settings(home=tmp_path, spark_master=master)
    command = spark_command(spark, settings, tmp_path, tmp_path, archive_to=None)
    told = f"spark.executor.extraJavaOptions={' '.join(JVM_OPTIONS)}" in command
    assert told is not is_local(master)
