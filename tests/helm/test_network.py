"""Who may speak with whom: every edge at both ends, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from world.charts import (
    HELM,
    OWNER,
    SIZES,
    Object,
    objects_of,
    owner,
    owner_values,
    platform,
    pods,
    rendered_text,
    selects,
    with_value,
)

EDGES = {
    ("portal", "airflow-api-server", 8421),
    ("portal", "relay", 8422),
    ("airflow-api-server", "airflow-scheduler", 8793),
    ("airflow-scheduler", "airflow-api-server", 8421),
    ("airflow-scheduler", "portal", 8420),
    ("airflow-dag-processor", "portal", 8420),
}
LOCAL_STEPS = {("airflow-scheduler", "sandbox", 8423)}
STEPS_IN_PODS = {
    ("airflow-worker", "sandbox", 8423),
    ("airflow-worker", "airflow-api-server", 8421),
    ("airflow-worker", "portal", 8420),
}
SPARK_IN_PODS = {
    ("spark-executor", "spark-driver", 0),
    ("spark-driver", "spark-executor", 0),
    ("spark-executor", "spark-executor", 0),
}
OUTSIDE_NAMES = {
    "192.0.2.10/32": "database",
    "192.0.2.20/32": "store",
    "192.0.2.1/32": "kubernetesApi",
    "0.0.0.0/0": "repositories",
}
DATABASE = {
    *("portal", "relay", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor"),
    "migrate",
}


def edges(size: str) -> set[tuple[str, str, int]]:
    return EDGES | (STEPS_IN_PODS | SPARK_IN_PODS if size == "large" else LOCAL_STEPS)


def outside(size: str) -> set[tuple[str, str]]:
    steps = "airflow-worker" if size == "large" else "airflow-scheduler"
    reached = {(one, "database") for one in DATABASE | {steps}}
    reached |= {("portal", "store"), (steps, "store"), (steps, "repositories")}
    if size == "large":
        reached |= {(one, "store") for one in ("spark-driver", "spark-executor")}
        makers = ("airflow-scheduler", "airflow-worker", "spark-driver")
        reached |= {(one, "kubernetesApi") for one in makers}
    return reached


def policies(objects: tuple[Object, ...]) -> list[Object]:
    return [one["spec"] for one in objects if one["kind"] == "NetworkPolicy"]


def allowed(size: str, direction: str, peer: str) -> Iterator[tuple[str, dict[str, Any], int]]:
    """(component, the other end, port) of every rule; port 0 is any."""
    made = platform(size)
    for policy in policies(made):
        for pod in pods(made).values():
            if not selects(policy["podSelector"], pod.labels):
                continue
            for rule in policy.get(direction, ()):
                assert rule[peer], "an empty list would be everybody"
                for other in rule[peer]:
                    for port in rule.get("ports", [{"port": 0}]):
                        yield pod.component, other, port["port"]


def inside(size: str, direction: str, peer: str) -> set[tuple[str, str, int]]:
    found = set()
    for component, other, port in allowed(size, direction, peer):
        if set(other) == {"podSelector"}:
            for pod in pods(platform(size)).values():
                if selects(other["podSelector"], pod.labels):
                    ends = (component, pod.component)
                    found.add((*(ends if direction == "egress" else ends[::-1]), port))
    return found


@pytest.mark.parametrize("size", SIZES)
def test_every_edge_has_both_ends_and_there_is_no_other(size: str) -> None:
    assert inside(size, "egress", "to") == edges(size)
    assert inside(size, "ingress", "from") == edges(size)


@pytest.mark.parametrize("size", SIZES)
def test_only_who_needs_it_reaches_what_is_outside(size: str) -> None:
    found = set()
    for component, other, _ in allowed(size, "egress", "to"):
        if "ipBlock" in other:
            found.add((component, OUTSIDE_NAMES[other["ipBlock"]["cidr"]]))
            if other["ipBlock"]["cidr"] == "0.0.0.0/0":
                assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(
                    other["ipBlock"]["except"]
                )
    assert found == outside(size)


@pytest.mark.parametrize("size", SIZES)
def test_sandbox_reaches_nobody_and_only_steps_reach_it(size: str) -> None:
    made = platform(size)
    sandbox = pods(made)["sandbox"]
    of_sandbox = [one for one in policies(made) if selects(one["podSelector"], sandbox.labels)]
    assert any(
        one["podSelector"] == {} and set(one["policyTypes"]) == {"Ingress", "Egress"}
        for one in of_sandbox
    )
    assert not [one for one in of_sandbox if one.get("egress")]
    steps = "airflow-worker" if size == "large" else "airflow-scheduler"
    assert [one for one in inside(size, "ingress", "from") if one[1] == "sandbox"] == [
        (steps, "sandbox", 8423)
    ]
    assert [one for one in of_sandbox if one.get("ingress")] != []


@pytest.mark.parametrize("size", SIZES)
def test_whoever_reaches_somebody_may_ask_for_the_address(size: str) -> None:
    asks = {component for component, _, port in allowed(size, "egress", "to") if port == 53}
    speaks = {one for one, *_ in inside(size, "egress", "to")} | {one for one, _ in outside(size)}
    assert asks == speaks


@pytest.mark.parametrize("size", SIZES)
def test_ways_in_are_three_and_metrics(size: str) -> None:
    ways = set()
    for component, other, port in allowed(size, "ingress", "from"):
        if "namespaceSelector" in other:
            name = other["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
            ways.add((name, component, port))
    expected = {
        ("ingress", "portal", 8420),
        ("ingress", "relay", 8422),
        ("ingress", "airflow-api-server", 8421),
    }
    if size != "laptop":
        expected |= {("monitoring", "portal", 9420), ("monitoring", "relay", 9420)}
    assert ways == expected


@pytest.mark.parametrize("size", ["small", "large"])
def test_steps_api_of_airflow_is_not_to_be_reached_from_outside(size: str) -> None:
    (door,) = [
        one
        for one in platform(size)
        if one["kind"] == "Ingress" and "airflow" in one["metadata"]["name"]
    ]
    (rule,) = door["spec"]["rules"]
    assert rule["host"] == "airflow.example.org"
    behind = {path["path"]: path["backend"]["service"]["name"] for path in rule["http"]["paths"]}
    assert behind == {"/execution": "m-portal", "/": "m-airflow-api-server"}


def test_owners_agent_connects_and_is_not_connected_to() -> None:
    (policy,) = policies(owner("owner"))
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in policy
    assert policy["egress"][0]["to"] == [{"ipBlock": {"cidr": "192.0.2.30/32"}}]


def test_member_is_reached_by_the_others_alone() -> None:
    (policy,) = policies(owner("member"))
    (rule,) = policy["ingress"]
    assert [one["ipBlock"]["cidr"] for one in rule["from"]] == [
        "198.51.100.7/32",
        "198.51.100.8/32",
    ]
    assert rule["ports"] == [{"protocol": "TCP", "port": 7700, "endPort": 7709}]


def test_agent_is_scraped_by_the_sites_own_prometheus_alone() -> None:
    values = with_value(owner_values(), "metrics.port", 9421)
    (policy,) = policies(tuple(objects_of(rendered_text(OWNER, values))))
    (rule,) = policy["ingress"]
    (source,) = rule["from"]
    name = source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    assert (name, rule["ports"]) == ("monitoring", [{"protocol": "TCP", "port": 9421}])


def test_readme_draws_the_edges_that_there_are() -> None:
    text = (HELM / "README.md").read_text("utf-8")
    row = re.compile(r"^\| `([a-z-]+)` \| `([a-z-]+)` \| (\d+|any) \|", re.M)
    drawn = {(a, b, 0 if p == "any" else int(p)) for a, b, p in row.findall(text)}
    assert drawn == EDGES | LOCAL_STEPS | STEPS_IN_PODS | SPARK_IN_PODS
