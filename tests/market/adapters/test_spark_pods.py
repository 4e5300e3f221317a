"""The real spark-submit before an API that records: what pods it makes, and how they end."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from world.kubernetes_api import KubernetesApi, Object, kubernetes_api, labels_of
from world.spark_templates import IMAGE, pods_settings

from market.adapters.spark_command import find_spark
from market.adapters.spark_pods import Pods
from market.adapters.stores.documents import create_document, read_document
from market.adapters.stores.local import LocalStore
from market.cli.operator.step import ended_by_sigterm
from market.errors import Unavailable

pytestmark = pytest.mark.processes

JOB = "job-0123456789ab"
DRIVER = f"evaluate-{JOB}-1-0001"
QUESTION, ANSWER = b'{"asked":1}', b'{"answered":1}'
ASKED, ANSWERED = (f"evaluations/{JOB}/1/{name}.json" for name in ("evaluation", "evaluated"))


@dataclass(frozen=True)
class Site:
    api: KubernetesApi
    pods: Pods
    store: LocalStore
    log: Path

    def driver_does(self, what: Callable[[str], None]) -> None:
        """Have every driver do so, given its pod's name, as soon as it is made."""
        self.api.on_pod = lambda pod: what(pod["metadata"]["name"])

    def answer(self) -> bytes:
        return self.pods.answer(JOB, QUESTION, self.log)

    def make_driver(self, name: str) -> None:
        """One that is there without us."""
        metadata = {"name": name, "labels": {"spark-role": "driver"}}
        pod = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": {"containers": []}}
        self.api.create("/api/v1/namespaces/market/pods", pod)

    def succeed(self, name: str) -> None:
        """Write what a driver writes, and end."""
        (pod,) = (one for one in self.api.pods() if one["metadata"]["name"] == name)
        *_, asked, answered, _described = pod["spec"]["containers"][0]["args"]
        assert read_document(self.store, asked) == QUESTION
        create_document(self.store, answered, ANSWER)
        self.api.tell(name, "Succeeded", exit_code=0)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with kubernetes_api() as api:
        settings = pods_settings(
            tmp_path, api.url, s3_endpoint_url="http://127.0.0.1:9", bucket="market"
        )
        store = LocalStore(tmp_path / "objects")
        pods = Pods(
            find_spark(settings), settings, store, os.environ, lambda size: bytes(range(size))
        )
        yield Site(api, pods, store, tmp_path / "spark.log")


def container_of(pod: Object) -> Object:
    (container,) = pod["spec"]["containers"]
    return dict(container)


def test_driver_is_locked_down_holds_a_key_of_the_store_and_is_removed_once_it_answered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "the-platforms-own"
    for name in ("MARKET_S3_SECRET_ACCESS_KEY", "MARKET_HOME", "MARKET_DATABASE_URL"):
        monkeypatch.setenv(name, secret)
    site.driver_does(site.succeed)
    made: list[Object] = []
    done, site.api.on_pod = site.api.on_pod, lambda pod: (made.append(pod), done(pod))[1]
    assert site.answer() == ANSWER
    (pod,) = made
    assert secret not in str(site.api.objects) + str(pod) + site.log.read_text()

    spec, container = pod["spec"], container_of(pod)
    assert pod["metadata"]["name"] == DRIVER
    wanted = {"app.kubernetes.io/component": "spark-driver", "spark-role": "driver"}
    assert wanted.items() <= labels_of(pod).items()
    assert labels_of(pod)["spark-app-name"] == JOB
    assert spec["serviceAccountName"] == "market-spark"
    assert spec["restartPolicy"] == "Never"
    assert spec["activeDeadlineSeconds"] > site.pods.settings.evaluate_wall_seconds
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["image"] == IMAGE
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert container["resources"]["limits"] == {
        "cpu": "1",
        "memory": "1024Mi",
        "ephemeral-storage": "1Gi",
    }
    assert secrets_of(container) == {
        "MARKET_S3_ACCESS_KEY_ID": ("store-of-drivers", "access-key-id"),
        "MARKET_S3_SECRET_ACCESS_KEY": ("store-of-drivers", "secret-access-key"),
    }
    kinds = {next(iter(set(volume) - {"name"})) for volume in spec["volumes"]}
    assert kinds == {"configMap", "emptyDir"}
    assert "hostNetwork" not in spec
    assert site.api.deleted == [DRIVER]
    assert site.store.list("evaluations/") == []


def secrets_of(container: Object) -> dict[str, tuple[str, str]]:
    asked = {one["name"]: one.get("valueFrom", {}).get("secretKeyRef") for one in container["env"]}
    return {name: (one["name"], one["key"]) for name, one in asked.items() if one}


def test_driver_that_failed_stays_for_its_log(site: Site) -> None:
    site.driver_does(lambda name: site.api.tell(name, "Failed", exit_code=7))
    with pytest.raises(Unavailable) as failed:
        site.answer()
    assert failed.value.code == "evaluation-failed"
    assert DRIVER in failed.value.message
    assert "exit code: 7" in site.log.read_text()
    assert site.api.deleted == []
    assert site.store.list("evaluations/") == []


def test_driver_that_takes_too_long_is_removed(site: Site) -> None:
    """The limit is shorter than a start of Spark's: the driver is one that is there already."""
    hurried = replace(site.pods.settings, evaluate_wall_seconds=1)
    pods = replace(site.pods, settings=hurried)
    site.make_driver(DRIVER)
    with pytest.raises(Unavailable) as late:
        pods.answer(JOB, QUESTION, site.log)
    assert late.value.code == "evaluation-timeout"
    assert site.api.deleted == [DRIVER]
    assert site.store.list("evaluations/") == []


def test_step_that_is_told_to_end_removes_its_driver(site: Site) -> None:
    site.driver_does(lambda _: os.kill(os.getpid(), signal.SIGTERM))
    with pytest.raises(SystemExit), ended_by_sigterm():
        site.answer()
    assert site.api.deleted == [DRIVER]
    assert site.store.list("evaluations/") == []


def test_attempt_after_a_killed_step_removes_what_that_left(site: Site) -> None:
    create_document(site.store, ASKED, QUESTION)
    create_document(site.store, ANSWERED, b"by the one before")
    left = f"evaluate-{JOB}-1-ffff"
    site.make_driver(left)
    site.make_driver("evaluate-job-0123456789ac-1-ffff")
    seen: list[list[str]] = []

    def look_and_succeed(name: str) -> None:
        seen.append(list(site.api.deleted))
        site.succeed(name)

    site.driver_does(look_and_succeed)
    assert site.answer() == ANSWER
    assert seen == [[left]]
    assert site.api.deleted == [left, f"evaluate-{JOB}-2-0001"]
    assert site.store.list("evaluations/") == []


def test_cluster_that_refuses_leaves_what_tells_of_the_attempt(site: Site) -> None:
    site.api.rules = {"": []}
    with pytest.raises(Unavailable) as failed:
        site.answer()
    assert failed.value.code == "evaluation-failed"
    assert site.store.list("evaluations/") == [ASKED]
