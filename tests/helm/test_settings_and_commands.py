"""The charts against the code: each variable is a setting of its type, each command exists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from world.charts import (
    HELM,
    PLATFORM,
    SIZES,
    objects_of,
    owner,
    platform,
    platform_values,
    pods,
    rendered_text,
    with_value,
)

from market import settings
from market.adapters.spark_kubernetes import check_pods, is_kubernetes
from market.airflow.addresses import HEALTH
from market.cli.main import main
from market.given_settings import NOT_SETTINGS

PODS = [(size, component) for size in SIZES for component in pods(platform(size))]
SECRET = re.compile(r"passw|secret_access|private|BEGIN|://[^/\s]+@", re.I)


def environment_of(size: str, component: str, mounted: Path) -> dict[str, str]:
    """What a pod's processes would see; a file that would be mounted lies below `mounted`."""
    made = platform(size)
    maps = {one["metadata"]["name"]: one["data"] for one in made if one["kind"] == "ConfigMap"}
    seen: dict[str, str] = {}
    for container in pods(made)[component].containers:
        for source in container.get("envFrom", ()):
            seen |= maps[source["configMapRef"]["name"]]
        for one in container.get("env", ()):
            seen[one["name"]] = one.get("value", "of-a-secret")
    for name, value in seen.items():
        if name.endswith("_FILE"):
            assert value.startswith("/etc/market/database/")
            file = mounted / Path(value).name
            file.write_text("postgresql+psycopg://market:word@db.example.org/market\n")
            seen[name] = str(file)
    return seen


@pytest.mark.parametrize(("size", "component"), PODS)
def test_every_variable_is_a_setting_of_its_type(size: str, component: str, tmp_path: Path) -> None:
    seen = environment_of(size, component, tmp_path)
    loaded = settings.load(tmp_path, seen)
    if component in ("portal", "relay"):
        assert loaded.database_url.startswith("postgresql+psycopg://")
    if component == "portal":
        assert loaded.portal_api_url == "http://m-portal:8420"
        assert loaded.relay_url == "https://relay.example.org"
        assert loaded.store_description["kind"] == "s3"
    if component in ("airflow-scheduler", "airflow-worker"):
        assert loaded.sandbox_url == "http://m-sandbox:8423"
        if is_kubernetes(loaded.spark_master):
            check_pods(loaded)
        else:
            assert loaded.spark_master.startswith("local[")


@pytest.mark.parametrize("size", SIZES)
def test_files_that_settings_name_are_mounted_where_they_are_read(size: str) -> None:
    made = platform(size)
    maps = {one["metadata"]["name"]: one["data"] for one in made if one["kind"] == "ConfigMap"}
    readers = {
        "/etc/market/airflow/worker.yaml": "airflow-scheduler",
        "/etc/market/spark/driver.yaml": "airflow-worker",
        "/etc/market/spark/executor.yaml": "airflow-worker",
    }
    named = {value for value in maps["m-settings"].values() if value.startswith("/etc/market/")}
    assert named == (set(readers) if size == "large" else set())
    for path in named:
        pod = pods(made)[readers[path]]
        (mount,) = [
            one
            for one in pod.containers[0]["volumeMounts"]
            if one["mountPath"] == str(Path(path).parent)
        ]
        (volume,) = [one for one in pod.volumes if one["name"] == mount["name"]]
        assert Path(path).name in maps[volume["configMap"]["name"]]


TEXTS = {
    "currency": "CHF",
    "smtp_host": "mail.example.org",
    "smtp_port": 465,
    "smtp_security": "tls",
    "smtp_user": "market",
    "mail_from": "market@example.org",
    "private_webhooks": True,
}


def test_settings_of_the_operator_reach_every_process(tmp_path: Path) -> None:
    properties = json.loads((PLATFORM / "values.schema.json").read_text())["properties"]
    given: dict[str, Any] = {
        name: TEXTS.get(name, kind.get("maximum", 50_000_001))
        for name, kind in properties["settings"]["properties"].items()
    }
    values = with_value(platform_values("small"), "settings", given)
    made = objects_of(rendered_text(PLATFORM, values))
    (data,) = [one["data"] for one in made if one["metadata"]["name"] == "m-settings"]
    loaded = settings.load(tmp_path, data)
    assert {name: getattr(loaded, name) for name in given} == given
    (sandbox,) = pods(tuple(made))["sandbox"].containers
    alike = {"MARKET_FETCH_MAXIMUM_BYTES", "MARKET_SANDBOX_WALL_SECONDS"}
    assert {one["name"] for one in sandbox["env"] if one["value"] == "50000001"} == alike


@pytest.mark.parametrize("size", SIZES)
def test_no_secret_stands_in_a_config_map(size: str) -> None:
    for one in platform(size):
        assert one["kind"] != "Secret", "they are made by whoever keeps them"
        if one["kind"] == "ConfigMap" and not set(one["data"]) & {"worker.yaml", "driver.yaml"}:
            for name, value in one["data"].items():
                assert name not in NOT_SETTINGS
                assert not SECRET.search(f"{name}={value}"), name


def command(words: list[str]) -> click.Command | None:
    """The command of ours that a container's words call; None if one of them is none."""
    found: click.Command | None = main
    context = click.Context(main)
    for word in words:
        if not isinstance(found, click.Group):
            assert found is None or not word.startswith("-") or word in _options(found)
            break
        found = found.get_command(context, word)
    return None if isinstance(found, click.Group) else found


def _options(found: click.Command) -> set[str]:
    return {"--", *(name for one in found.params for name in one.opts)}


@pytest.mark.parametrize(("size", "component"), PODS)
def test_every_command_exists(size: str, component: str) -> None:
    for container in pods(platform(size))[component].containers:
        if component in ("spark-driver", "spark-executor"):
            assert "command" not in container, "Spark's own"
            continue
        words = container["command"]
        assert words[0] == "market"
        assert command(words[1:]) is not None, words


def test_agents_command_exists_and_one_that_does_not_is_noticed() -> None:
    for site in ("owner", "member"):
        (container,) = pods(owner(site))["agent"].containers
        assert command(container["command"][1:]) is not None
        assert command(container["readinessProbe"]["exec"]["command"][1:]) is not None
    assert command(["serf"]) is None
    assert command(["airflow", "triggerer"]) is None
    assert command(["airflow"]) is None, "a group alone"


def test_probes_ask_where_the_code_answers() -> None:
    (container,) = pods(platform("large"))["airflow-api-server"].containers
    assert container["readinessProbe"]["httpGet"]["path"] == HEALTH


@pytest.mark.parametrize("name", ["market", "owner"])
def test_chart_is_of_the_release(name: str) -> None:
    project = (HELM.parent / "pyproject.toml").read_text()
    chart = (HELM / name / "Chart.yaml").read_text()
    (version,) = re.findall(r'^version = "(.+)"$', project, re.M)
    assert f"\nversion: {version}\n" in chart
    assert f"\nappVersion: {version}\n" in chart
