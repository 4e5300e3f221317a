"""Values that are wrong are refused, by their names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from world.charts import (
    OWNER,
    PLATFORM,
    member_values,
    owner_values,
    platform_values,
    rendered_text,
    with_value,
)

DIGEST = "sha256:" + "a" * 64


def refusal(chart: Path, values: dict[str, Any]) -> str:
    helm = pytest.importorskip("helm_python")
    with pytest.raises(helm.HelmError) as refused:
        rendered_text(chart, values)
    return str(refused.value)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("portal.replcias", 3, "replcias"),
        ("sandbx", {}, "sandbx"),
        ("portal.replicas", "three", "replicas"),
        ("portal.replicas", 0, "replicas"),
        ("sandbox.replicas", 0, "replicas"),
        ("portal.url", "", "portal/url"),
        ("portal.url", "market.example.org", "portal/url"),
        ("portal.url", "https://market.example.org/below", "portal/url"),
        ("images.portal.digest", "sha256:abc", "digest"),
        ("images.portal", {"repository": "r", "digest": "", "tag": "1.0"}, "portal"),
        ("images.sandbox", {"repository": "r", "digest": "", "tag": ""}, "sandbox"),
        ("images.sandbox.tag", "latest", "tag"),
        ("secrets.platform", "", "platform"),
        ("secrets.database", "", "database"),
        ("store.stepsSecret", "", "stepsSecret"),
        ("spark.driver.storeSecret", "", "storeSecret"),
        ("spark.namespace", "", "namespace"),
        ("network.database.cidrs", [], "cidrs"),
        ("network.kubernetesApi.cidrs", [], "cidrs"),
        ("network.store.cidrs", ["anywhere"], "cidrs"),
        ("network.ingressNamespace", "", "ingressNamespace"),
        ("metrics.namespace", "", "namespace"),
        ("airflow.executor", "CeleryExecutor", "executor"),
        ("settings.portal_port", 80, "portal_port"),
        ("settings.fetch_maximum_bytes", "many", "fetch_maximum_bytes"),
        ("settings.relay_grace_seconds", 300, "relay_grace_seconds"),
        ("portal.resources.limits.memory", "lots", "memory"),
    ],
)
def test_wrong_value_of_the_platforms_is_refused_by_name(
    path: str, value: object, named: str
) -> None:
    said = refusal(PLATFORM, with_value(platform_values("large"), path, value))
    assert named in said.replace(".", "/")


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("agnet", {}, "agnet"),
        ("image.digest", "", "digest"),
        ("network.platform.cidrs", [], "cidrs"),
        ("agent.direct.cidrs", [], "cidrs"),
        ("agent.consortium", False, "consortium"),
        ("disk.size", "20", "size"),
        ("replicas", 2, "replicas"),
    ],
)
def test_wrong_value_of_an_owners_is_refused_by_name(path: str, value: object, named: str) -> None:
    said = refusal(OWNER, with_value(member_values(), path, value))
    assert named in said


def test_what_only_the_site_can_say_is_missing_by_default() -> None:
    said = refusal(PLATFORM, {}).replace(".", "/")
    for name in ("portal/url", "secrets/platform", "secrets/database", "store/bucket", "digest"):
        assert name in said
    assert "digest" in refusal(OWNER, {})


def test_tag_is_taken_where_tags_are_allowed() -> None:
    values = with_value(platform_values("laptop"), "images.portal.digest", "")
    values = with_value(values, "images.portal.tag", "0.1.0")
    assert '"registry.example.org/market-portal:0.1.0"' in rendered_text(PLATFORM, values)
    values = with_value(owner_values(), "image.digest", DIGEST)
    assert f"@{DIGEST}" in rendered_text(OWNER, values)


def test_local_spark_needs_a_key_that_reads() -> None:
    said = refusal(PLATFORM, with_value(platform_values("small"), "store.readSecret", ""))
    assert "readSecret" in said
    rendered_text(PLATFORM, with_value(platform_values("large"), "store.readSecret", ""))


@pytest.mark.parametrize("chart", [PLATFORM, OWNER], ids=lambda chart: chart.name)
def test_schema_is_closed_everywhere(chart: Path) -> None:
    schema = json.loads((chart / "values.schema.json").read_text("utf-8"))
    folders = list(_objects({k: v for k, v in schema.items() if k != "allOf"}))
    assert len(folders) > 5
    for one in folders:
        if "properties" in one:
            assert one["additionalProperties"] is False
        else:
            assert one["additionalProperties"] == {"type": "string"}


def _objects(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for below in schema.values():
            yield from _objects(below)
    elif isinstance(schema, list):
        for below in schema:
            yield from _objects(below)
