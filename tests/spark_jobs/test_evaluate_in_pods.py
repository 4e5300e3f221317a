"""From spark-submit's call to the answer: driver and executors as their pods say, on a real S3.

The cluster is an API that records and a node of this machine: see world.pod_processes for what of
Kubernetes that is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from servers.radosgw import S3Server
from world.kubernetes_api import KubernetesApi, Object, kubernetes_api
from world.pod_processes import Node
from world.random_ciphertext import RandomDataset, publish_random
from world.spark_templates import pods_settings, rules_of

from crypto.parameters import PRODUCTS
from crypto.shares import encode_residues
from market.adapters.spark import SparkEvaluator
from market.adapters.stores.opening import open_store
from market.plan.moments import Output
from market.ports.object_store import ObjectStore
from market.records.delivery import Share

pytestmark = pytest.mark.processes

OUTPUTS = (Output("a", ("a",)), Output("ab", ("a", "b")))
JOB = "job-0123456789ab"
BUCKET = "pods"
THE_STEP = ""
"""spark-submit finds no token on this machine."""
A_DRIVER = "of-a-driver"
UNNEEDED = {(A_DRIVER, "deletecollection", "services")}
UNNEEDED |= {(A_DRIVER, "deletecollection", "persistentvolumeclaims")}


@dataclass(frozen=True)
class Run:
    api: KubernetesApi
    node: Node
    store: ObjectStore
    dataset: RandomDataset
    shares: tuple[Share, ...]

    def log(self, role: str) -> str:
        """What the first pod of a role wrote."""
        return self.node.log(self.node.pods(role)[0]["metadata"]["name"])


@pytest.fixture(scope="module")
def run(s3_server: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    s3_server.make_bucket(BUCKET)
    key = {
        "access-key-id": s3_server.access_key_id,
        "secret-access-key": s3_server.secret_access_key,
    }
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setenv("MARKET_S3_ACCESS_KEY_ID", s3_server.access_key_id)
        environment.setenv("MARKET_S3_SECRET_ACCESS_KEY", s3_server.secret_access_key)
        api = stack.enter_context(kubernetes_api())
        api.rules = {THE_STEP: rules_of("step"), A_DRIVER: rules_of("driver")}
        secrets = {"store-of-drivers": key, "store-of-executors": key}
        node = Node(api, secrets, tmp_path_factory.mktemp("node"), A_DRIVER)
        stack.callback(node.close)
        api.on_pod = node.take
        settings = pods_settings(
            tmp_path_factory.mktemp("home"),
            api.url,
            s3_endpoint_url=s3_server.endpoint_url,
            bucket=BUCKET,
        )
        store = open_store(settings.store_description)
        dataset = publish_random(store, ("a", "b"), 8, ciphertexts_per_chunk=2)
        shares = SparkEvaluator(settings).evaluate(JOB, (dataset.manifest,), OUTPUTS)[0]
        yield Run(api, node, store, dataset, shares)


def test_pods_answer_the_exact_bytes(run: Run) -> None:
    assert [share.residues for share in run.shares] == [
        encode_residues(run.dataset.sum_of("a"), PRODUCTS),
        encode_residues(run.dataset.product_of("a", "b"), PRODUCTS),
    ]
    assert "Finished task" in run.log("executor")


def test_nothing_of_a_job_is_left(run: Run) -> None:
    assert run.api.pods() == []
    assert run.store.list("evaluations/") == []


def test_pods_speak_with_those_alone_who_know_the_jobs_secret(run: Run) -> None:
    for role in ("driver", "executor"):
        assert "SecurityManager: authentication enabled" in run.log(role)


def test_executors_are_locked_down_and_hold_a_key_of_the_store_alone(run: Run) -> None:
    driver, *_ = run.node.pods("driver")
    pods = run.node.pods("executor")
    assert len(pods) == 2
    for pod in pods:
        (container,) = pod["spec"]["containers"]
        assert container["image"] == driver["spec"]["containers"][0]["image"]
        assert not pod["spec"]["automountServiceAccountToken"]
        assert pod["spec"]["securityContext"] == driver["spec"]["securityContext"]
        assert container["securityContext"] == driver["spec"]["containers"][0]["securityContext"]
        assert container["resources"]["limits"] == {
            "cpu": "1",
            "memory": "2048Mi",
            "ephemeral-storage": "1Gi",
        }
        given = [one["valueFrom"]["secretKeyRef"] for one in container["env"] if _is_secret(one)]
        assert {one["name"] for one in given} == {"store-of-executors"}
        kinds = {next(iter(volume.keys() - {"name"})) for volume in pod["spec"]["volumes"]}
        assert kinds == {"configMap", "emptyDir"}


def _is_secret(variable: Object) -> bool:
    return "secretKeyRef" in variable.get("valueFrom", {})


def test_step_and_driver_need_their_roles_and_no_more(run: Run) -> None:
    assert run.api.refused == UNNEEDED
    allowed = {
        (token, verb, resource)
        for token, rules in run.api.rules.items()
        for rule in rules
        for verb in rule["verbs"]
        for resource in rule["resources"]
    }
    # What is made by a patch has to be created, as Kubernetes sees it; one executor is removed by
    # name only when it does not start; all drivers of a job are listed after a step was killed.
    seldom = {(THE_STEP, "create", one) for one in ("services", "configmaps", "networkpolicies")}
    seldom |= {(A_DRIVER, "delete", "pods"), (THE_STEP, "list", "pods")}
    assert allowed - run.api.used <= seldom
