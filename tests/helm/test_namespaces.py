"""Whoever makes a pod may have it mount any secret beside it: who may, and where."""

from __future__ import annotations

import pytest
from world.charts import (
    NAMESPACE,
    PLATFORM,
    Object,
    platform,
    platform_values,
    pods,
    rendered_text,
    with_value,
)

SPARKS = "market-spark"
OF_SPARK = ("spark-driver", "spark-executor")


def of_kind(kind: str, size: str = "large") -> list[Object]:
    return [one for one in platform(size) if one["kind"] == kind]


def makers_of_pods(size: str) -> set[tuple[str, str]]:
    """(component, namespace) of everybody who may make pods."""
    found = set()
    roles = {
        (role["metadata"]["namespace"], role["metadata"]["name"]): role["rules"]
        for role in of_kind("Role", size)
    }
    for binding in of_kind("RoleBinding", size):
        where = binding["metadata"]["namespace"]
        rules = roles[(where, binding["roleRef"]["name"])]
        if any("pods" in rule["resources"] and "create" in rule["verbs"] for rule in rules):
            found |= {(one["name"].removeprefix("m-"), where) for one in binding["subjects"]}
    return found


def test_nobody_but_the_scheduler_makes_pods_beside_the_platforms_secrets() -> None:
    assert makers_of_pods("large") == {
        ("airflow-scheduler", NAMESPACE),
        ("airflow-worker", SPARKS),
        ("spark-driver", SPARKS),
    }
    assert makers_of_pods("small") == makers_of_pods("laptop") == set()


def test_account_of_a_binding_is_where_its_pods_are() -> None:
    accounts = {
        (one["metadata"]["name"], one["metadata"]["namespace"]) for one in of_kind("ServiceAccount")
    }
    bound = {
        (subject["name"], subject["namespace"])
        for binding in of_kind("RoleBinding")
        for subject in binding["subjects"]
    }
    assert bound == accounts
    assert {where for name, where in accounts if name == "m-spark-driver"} == {SPARKS}


def test_policies_of_sparks_pods_are_where_they_are_and_all_is_denied_there_too() -> None:
    for policy in of_kind("NetworkPolicy"):
        labels = policy["spec"]["podSelector"].get("matchLabels", {})
        component = labels.get("app.kubernetes.io/component", "")
        if component:
            is_sparks = component in OF_SPARK
            assert policy["metadata"]["namespace"] == (SPARKS if is_sparks else NAMESPACE)
    denied = [one for one in of_kind("NetworkPolicy") if one["spec"]["podSelector"] == {}]
    assert {one["metadata"]["namespace"] for one in denied} == {NAMESPACE, SPARKS}


def test_sparks_pods_name_no_secret_of_the_platforms() -> None:
    made = pods(platform("large"))
    for component in OF_SPARK:
        assert not made[component].volumes or all(
            "secret" not in volume for volume in made[component].volumes
        )
        assert made[component].secrets_in_environment() <= {"store-drivers", "store-executors"}


@pytest.mark.parametrize("size", ["large"])
def test_sparks_namespace_is_not_the_platforms(size: str) -> None:
    values = with_value(platform_values(size), "spark.namespace", NAMESPACE)
    with pytest.raises(Exception, match="a driver could mount the platform's secrets"):
        rendered_text(PLATFORM, values)


@pytest.mark.parametrize("size", ["laptop", "small"])
def test_without_spark_in_pods_there_is_one_namespace(size: str) -> None:
    assert {one["metadata"]["namespace"] for one in platform(size)} == {NAMESPACE}
