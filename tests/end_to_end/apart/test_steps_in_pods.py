"""Airflow's KubernetesExecutor for real: its scheduler asks for the pod of a step, and what that
runs is run as a process, with what the pod gives it and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from servers.airflow import (
    NO_SPARK,
    PEOPLE,
    RunningPlatform,
    add_people,
    make_program,
    publish_data,
)
from world.bundles import git_bundle
from world.kubernetes_api import KubernetesApi, Object, kubernetes_api, labels_of
from world.lent import lend_airflow_database, lend_spark_classes
from world.loopback import free_port
from world.platform_database import made_platform
from world.waiting import eventually

from market.adapters.platform_secrets import SIGN_ON, rotated_secret
from market.airflow.metadatabase import airflow_home
from market.airflow.scheduler import AirflowScheduler
from market.errors import Unavailable
from market.processes.down import stop
from market.processes.up import start
from market.services.submit.send_program import send_program
from market.settings import Settings

DAG = "submit_north-lab"
IMAGE = "registry.example.org/market-airflow@sha256:" + 64 * "a"
SCHEDULERS_RULES = [
    {"resources": ["pods"], "verbs": ["create", "delete", "get", "list", "patch", "watch"]}
]


def template_of(home: Path) -> Object:
    """As the chart's, in what Airflow makes of it."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": {"app.kubernetes.io/component": "airflow-worker"}},
        "spec": {
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
            "containers": [
                {
                    "name": "base",
                    "image": IMAGE,
                    "command": ["market", "airflow", "worker"],
                    "env": [{"name": "MARKET_HOME", "value": str(home)}],
                    "securityContext": {"readOnlyRootFilesystem": True},
                }
            ],
        },
    }


def kubeconfig_of(api: KubernetesApi) -> Object:
    context = {"cluster": "tests", "user": "scheduler"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "tests",
        "contexts": [{"name": "tests", "context": context}],
        "clusters": [{"name": "tests", "cluster": {"server": api.url}}],
        "users": [{"name": "scheduler", "user": {"token": "of-the-scheduler"}}],
    }


@dataclass
class Steps:
    """Runs what a step's pod runs, as a process."""

    api: KubernetesApi
    logs: Path
    pods: list[Object] = field(default_factory=list)

    def take(self, pod: Object) -> None:
        self.pods.append(pod)
        threading.Thread(target=self._run, args=(pod,), daemon=True).start()

    def log(self, pod: Object) -> str:
        return (self.logs / pod["metadata"]["name"]).read_text()

    def _run(self, pod: Object) -> None:
        name, (container,) = pod["metadata"]["name"], pod["spec"]["containers"]
        given = {one["name"]: one["value"] for one in container["env"]}
        of_image = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        command = [*container["command"], *container["args"]]
        self.api.tell(name, "Running")
        with (self.logs / name).open("wb") as log:
            done = subprocess.run(
                command, env=of_image | given, stdout=log, stderr=log, check=False
            )
        self.api.tell(name, "Failed" if done.returncode else "Succeeded", exit_code=done.returncode)


@dataclass(frozen=True)
class Site:
    running: RunningPlatform
    steps: Steps


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("platform")
    home = root / "home"
    template = root / "worker.yaml"
    template.write_text(yaml.safe_dump(template_of(home)))
    settings = Settings(
        home=home,
        portal_port=free_port(),
        airflow_port=free_port(),
        airflow_executor="KubernetesExecutor",
        airflow_pod_template=str(template),
        airflow_namespace="market",
        spark_master=NO_SPARK,
        allow_file_repositories=True,
    )
    platform = made_platform(settings)
    lend_spark_classes(home)
    lend_airflow_database(home)
    add_people(platform, PEOPLE)
    publish_data(platform)
    scheduler = AirflowScheduler(settings.airflow_url, rotated_secret(settings, SIGN_ON))
    running = RunningPlatform(settings, platform, scheduler, make_program(root / "program"))
    with kubernetes_api() as api:
        steps = Steps(api, root)
        api.on_pod = steps.take
        api.rules = {"of-the-scheduler": SCHEDULERS_RULES}
        outside_the_cluster(settings, api)
        write_settings(settings)
        start(settings, print)
        try:
            yield Site(running, steps)
        finally:
            stop(settings)
            scheduler.close()


def outside_the_cluster(settings: Settings, api: KubernetesApi) -> None:
    """Where Airflow finds the API; in a cluster it finds it by itself."""
    folder = airflow_home(settings.home)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kubeconfig").write_text(yaml.safe_dump(kubeconfig_of(api)))
    (folder / "airflow.cfg").write_text(
        f"[kubernetes_executor]\nin_cluster = False\nconfig_file = {folder / 'kubeconfig'}\n"
    )


def write_settings(settings: Settings) -> None:
    """For the steps' pods, which know their home alone."""
    (settings.home / "market.toml").write_text(
        f"airflow_port = {settings.airflow_port}\nportal_port = {settings.portal_port}\n"
        f'airflow_executor = "KubernetesExecutor"\nallow_file_repositories = true\n'
    )


def pod_of(site: Site, dag: str, task: str) -> Object | None:
    wanted = {"dag_id": dag, "task_id": task}
    found = [pod for pod in site.steps.pods if wanted.items() <= labels_of(pod).items()]
    return found[0] if found else None


def test_step_runs_in_a_pod_of_the_template_which_is_deleted_once_it_is_done(site: Site) -> None:
    run = site.running.scheduler.run_of("north-lab", "one")
    eventually(lambda: triggered(site, run))
    eventually(lambda: state_of(site, run) == "planned")
    pod = pod_of(site, DAG, "plan")
    assert pod is not None
    assert site.running.settings.airflow_namespace == pod["metadata"]["namespace"]
    assert labels_of(pod)["app.kubernetes.io/component"] == "airflow-worker"
    assert not pod["spec"]["automountServiceAccountToken"]
    (container,) = pod["spec"]["containers"]
    assert container["image"] == IMAGE
    assert container["command"] == ["market", "airflow", "worker"]
    assert container["args"][:3] == ["python", "-m", "airflow.sdk.execution_time.execute_workload"]
    assert container["securityContext"] == {"readOnlyRootFilesystem": True}
    assert {one["name"] for one in container["env"]} == {
        "MARKET_HOME",
        "AIRFLOW_IS_K8S_EXECUTOR_POD",
    }
    eventually(lambda: pod["metadata"]["name"] in site.steps.api.deleted)
    assert not site.steps.api.refused


def test_pod_builds_the_plan_of_a_program_that_was_sent(site: Site) -> None:
    platform, run = site.running.platform, site.running.scheduler.run_of("north-lab", "two")
    checkout = Path(site.running.program[0].removeprefix("file://"))
    bob = platform.people.user("bob")
    sent = send_program(platform, bob, git_bundle(checkout), now=int(time.time()))
    eventually(lambda: triggered(site, run, repository=sent.repository))
    eventually(lambda: state_of(site, run) == "planned")
    assert "two" in {labels_of(pod)["run_id"] for pod in site.steps.pods if is_plan(pod)}
    job = platform.jobs.find_run(run)
    assert job is not None
    assert job.repository == sent.repository


def is_plan(pod: Object) -> bool:
    return labels_of(pod).get("task_id") == "plan"


def triggered(site: Site, run: str, **changes: str) -> bool:
    try:
        site.running.scheduler.trigger(run, "bob", site.running.form(**changes))
    except Unavailable:
        # The form is not read yet.
        return False
    return True


def state_of(site: Site, run: str) -> str:
    job = site.running.platform.jobs.find_run(run)
    return job.state if job else ""
