"""What the charts promise of every pod."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from world.charts import (
    PLATFORM,
    SIZES,
    Object,
    Pod,
    objects_of,
    owner,
    platform,
    platform_values,
    pods,
    rendered_text,
    selects,
    with_value,
)

from market.adapters.platform_secrets import NAMES

PLATFORM_PODS = [(size, component) for size in SIZES for component in pods(platform(size))]
OWNER_PODS = [(site, component) for site in ("owner", "member") for component in pods(owner(site))]
ALL_PODS = PLATFORM_PODS + OWNER_PODS

SECRETS_OF: dict[str, set[str]] = {
    "portal": {"identity", "sign-on", "forms", "repository-tokens"},
    "relay": set(),
    "airflow-api-server": {"sign-on", "airflow-jwt", "airflow-session"},
    "airflow-scheduler": {"airflow-jwt", "airflow-session"},
    "airflow-dag-processor": {"airflow-jwt", "airflow-session", "forms"},
    "airflow-worker": {"identity", "sign-on", "forms", "repository-tokens"},
    "migrate": {"airflow-jwt", "airflow-session"},
    "sandbox": set(),
    "spark-driver": set(),
    "spark-executor": set(),
}
"""Of the platform's own secrets. Who runs steps has a worker's as well. `object-urls` signs
addresses of a local store, which no pod has."""
STEPS = "airflow-worker"
DATABASES_OF: dict[str, set[str]] = {
    "portal": {"platform-url"},
    "relay": {"platform-url"},
    "airflow-api-server": {"platform-url", "airflow-url"},
    "airflow-scheduler": {"airflow-url"},
    "airflow-dag-processor": {"airflow-url"},
    "airflow-worker": {"platform-url"},
    "migrate": {"platform-url", "airflow-url"},
}
STORES_OF = {
    "portal": {"store-portal"},
    "airflow-worker": {"store-steps"},
    "spark-driver": {"store-drivers"},
    "spark-executor": {"store-executors"},
}
READERS = {"store-readers"}
"""What local workers of Spark's find; one that is in pods has keys of its own."""


def pod_of(where: str, component: str) -> Pod:
    made = owner(where) if where in ("owner", "member") else platform(where)
    return pods(made)[component]


def of(table: dict[str, set[str]], size: str, component: str) -> set[str]:
    """Where no pods are made for steps, they run in the scheduler's."""
    found = table.get(component, set())
    runs_steps = component == "airflow-scheduler" and size != "large"
    return found | table[STEPS] if runs_steps else found


@pytest.mark.parametrize(("size", "component"), PLATFORM_PODS)
def test_pod_mounts_the_secrets_it_reads_and_no_other(size: str, component: str) -> None:
    pod = pod_of(size, component)
    assert pod.secret_files("platform-secrets") == of(SECRETS_OF, size, component)
    assert pod.secret_files("database-urls") == of(DATABASES_OF, size, component)
    computes = component == "airflow-scheduler" and size != "large"
    stores = of(STORES_OF, size, component) | (READERS if computes else set())
    assert pod.secrets_in_environment() == stores
    named = {one["secret"]["secretName"] for one in pod.volumes if "secret" in one}
    assert named <= {"platform-secrets", "database-urls"}
    assert all("secretRef" not in one for c in pod.containers for one in c.get("envFrom", ()))


def keys_of(container: Object) -> dict[str, str]:
    """The secrets that a container's keys of the store are of, by the variable of their id."""
    return {
        one["name"]: one["valueFrom"]["secretKeyRef"]["name"]
        for one in container["env"]
        if one["name"].endswith("_ACCESS_KEY_ID")
    }


@pytest.mark.parametrize("size", ["laptop", "small"])
def test_local_spark_reads_by_a_key_of_its_own(size: str) -> None:
    steps, spark = pod_of(size, "airflow-scheduler").containers
    own, read = "MARKET_S3_ACCESS_KEY_ID", "MARKET_S3_READ_ACCESS_KEY_ID"
    assert keys_of(steps) == {own: "store-steps", read: "store-readers"}
    assert keys_of(spark) == {own: "store-readers"}


def test_steps_in_pods_with_local_spark_hand_on_a_key_that_reads() -> None:
    values = with_value(platform_values("large"), "spark.kubernetes", value=False)
    made = tuple(objects_of(rendered_text(PLATFORM, values)))
    (step,) = pods(made)["airflow-worker"].containers
    assert keys_of(step)["MARKET_S3_READ_ACCESS_KEY_ID"] == "store-readers"


def test_tables_above_name_the_pods_and_the_secrets_that_there_are() -> None:
    made = {component for _, component in PLATFORM_PODS}
    assert made == set(SECRETS_OF)
    assert set().union(*SECRETS_OF.values()) == set(NAMES) - {"object-urls"}


@pytest.mark.parametrize(("size", "component"), PLATFORM_PODS)
def test_no_pod_of_the_platform_comes_near_an_owners_key(size: str, component: str) -> None:
    pod = pod_of(size, component)
    kinds = {next(iter(set(volume) - {"name"})) for volume in pod.volumes}
    assert kinds <= {"emptyDir", "secret", "configMap"}, "no disk that somebody else writes to"
    assert "agent" not in str(pod.spec).lower()
    assert "passphrase" not in str(pod.spec).lower()


@pytest.mark.parametrize(("where", "component"), ALL_PODS)
def test_pod_is_restricted(where: str, component: str) -> None:
    assert list(unrestricted(pod_of(where, component))) == []


def unrestricted(pod: Pod) -> Iterator[str]:
    """What the Pod Security Standard `restricted` forbids (kubernetes.io, version 1.37)."""
    spec = pod.spec
    for name in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
        if spec.get(name):
            yield name
    allowed = {"configMap", "emptyDir", "secret", "persistentVolumeClaim", "projected"}
    for volume in pod.volumes:
        if not set(volume) - {"name"} <= allowed:
            yield f"volume {volume['name']}"
    of_pod = spec["securityContext"]
    if not of_pod.get("runAsNonRoot") or of_pod.get("runAsUser") in (None, 0):
        yield "may be root"
    if of_pod.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "seccomp"
    for container in pod.containers:
        yield from _unrestricted(container)


def _unrestricted(container: Object) -> Iterator[str]:
    name, own = container["name"], container["securityContext"]
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{name} may gain privileges"
    if own["capabilities"] != {"drop": ["ALL"]}:
        yield f"{name} has capabilities"
    if own.get("privileged") or own.get("procMount") or {"runAsUser", "seccompProfile"} & set(own):
        yield f"{name} has more than its pod"
    if any(port.get("hostPort") for port in container.get("ports", ())):
        yield f"{name} takes a port of the machine"


def test_rules_of_the_standard_notice_what_they_forbid() -> None:
    pod = pod_of("large", "portal")
    (container,) = pod.spec["containers"]
    own = {**container["securityContext"], "capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}
    worse = {**pod.spec, "hostPID": True, "containers": [{**container, "securityContext": own}]}
    assert len(list(unrestricted(Pod("portal", {}, worse)))) == 2


@pytest.mark.parametrize(("where", "component"), ALL_PODS)
def test_pod_writes_only_where_it_is_bounded(where: str, component: str) -> None:
    pod = pod_of(where, component)
    for container in pod.containers:
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        for kind in ("requests", "limits"):
            # Of drivers and executors Spark adds cpu and memory, from settings.
            known = set() if component.startswith("spark-") else {"cpu", "memory"}
            assert {"ephemeral-storage"} | known == set(container["resources"][kind])
    for volume in pod.volumes:
        if "emptyDir" in volume:
            assert volume["emptyDir"]["sizeLimit"]


@pytest.mark.parametrize(("where", "component"), ALL_PODS)
def test_pod_has_a_token_only_to_make_pods(where: str, component: str) -> None:
    spec = pod_of(where, component).spec
    makers = {
        "laptop": set(),
        "small": set(),
        "large": {"airflow-scheduler", "airflow-worker", "spark-driver"},
    }.get(where, set())
    assert spec["automountServiceAccountToken"] is (component in makers)
    assert spec["enableServiceLinks"] is False


@pytest.mark.parametrize(("where", "component"), ALL_PODS)
def test_image_is_pinned_by_its_digest(where: str, component: str) -> None:
    for container in pod_of(where, component).containers:
        if component in ("spark-driver", "spark-executor"):
            assert container["image"] == "spark", "Spark's own setting takes its place"
        else:
            assert re.fullmatch(r"[a-z./-]+@sha256:[0-9a-f]{64}", container["image"])


ENDS_BY_ITSELF = {"migrate", "airflow-worker", "spark-driver", "spark-executor"}


@pytest.mark.parametrize(("size", "component"), PLATFORM_PODS)
def test_what_runs_on_is_probed(size: str, component: str) -> None:
    if component in ENDS_BY_ITSELF:
        return
    pod = pod_of(size, component)
    assert pod.spec["terminationGracePeriodSeconds"] >= 30
    for container in pod.containers:
        ports = {port["name"] for port in container.get("ports", ())}
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            probe = container[kind]
            asked = probe.get("httpGet", probe.get("tcpSocket"))
            assert asked is None or asked["port"] in ports
            assert asked is not None or probe["exec"]["command"]


@pytest.mark.parametrize("size", SIZES)
def test_sandbox_has_nothing(size: str) -> None:
    pod = pod_of(size, "sandbox")
    (container,) = pod.containers
    assert "envFrom" not in container
    assert all(set(one) == {"name", "value"} for one in container["env"])
    assert [set(volume) for volume in pod.volumes] == [{"name", "emptyDir"}]
    assert "serviceAccountName" not in pod.spec
    large = size == "large"
    assert pod.spec.get("hostUsers", True) is not large
    assert pod.spec.get("runtimeClassName") == ("kata" if large else None)


@pytest.mark.parametrize("site", ["owner", "member"])
def test_agent_is_one_on_its_own_disk(site: str) -> None:
    made = owner(site)
    (agent,) = [one for one in made if one["kind"] == "StatefulSet"]
    assert agent["spec"]["replicas"] == 1
    (claim,) = agent["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    kinds = [one["kind"] for one in made if one["kind"] != "StatefulSet"]
    direct = ["Service"] if site == "member" else []
    assert sorted(kinds) == sorted(["NetworkPolicy", *direct])


@pytest.mark.parametrize("size", SIZES)
def test_selectors_find_their_pods(size: str) -> None:
    made = platform(size)
    running = [pod for pod in pods(made).values() if pod.component not in ENDS_BY_ITSELF]
    for one in made:
        if one["kind"] == "Service":
            ports = {
                port["name"]
                for pod in running
                if selects({"matchLabels": one["spec"]["selector"]}, pod.labels)
                for container in pod.containers
                for port in container["ports"]
            }
            assert {port["targetPort"] for port in one["spec"]["ports"]} <= ports
        if one["kind"] in ("PodDisruptionBudget", "PodMonitor", "Deployment"):
            found = [pod for pod in running if selects(one["spec"]["selector"], pod.labels)]
            assert len(found) == 1, one["metadata"]["name"]
    disturbed = [one for one in made if one["kind"] == "PodDisruptionBudget"]
    assert len(disturbed) == len(running)


def test_nothing_runs_while_the_platform_stands_still() -> None:
    from world.charts import PLATFORM, objects_of, rendered_text, with_value

    values = with_value(platform_values("large"), "running", False)
    made = objects_of(rendered_text(PLATFORM, values))
    assert {one["spec"]["replicas"] for one in made if one["kind"] == "Deployment"} == {0}
    assert not [one for one in made if one["kind"] == "HorizontalPodAutoscaler"]
    assert [one for one in made if one["kind"] == "Job"], "the next release's tables"
