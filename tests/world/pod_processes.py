"""A node of this machine: pods as processes in bubblewrap, with what their specification says.

A container's root is read-only, its volumes are the only places to write to, its environment is the
specification's and its image's and nothing else; it runs under the user and group of its security
context. Each pod has an address of its own on loopback. What a cluster does besides is not here: no
image is pulled, no limit and no network policy holds, no capability is dropped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from market.adapters.spark_command import SOURCE, find_spark
from market.settings import Settings
from world.kubernetes_api import KubernetesApi, Object, labels_of
from world.waiting import eventually

ENTRYPOINT = "/opt/market/helm/images/spark-entrypoint.sh"
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_OWN = {"dev", "opt", "proc", "run", "sys", "tmp", "var"}
_PROPERTIES = "spark.properties"
_SHORT_IP = "127.77.0.{}"


@dataclass
class Node:
    """`secrets` are the cluster's, by name; `folder` takes logs and volumes; `token` is what a pod
    shows to the API that is given one."""

    api: KubernetesApi
    secrets: dict[str, dict[str, str]]
    folder: Path
    token: str
    taken: list[Object] = field(default_factory=list)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def take(self, pod: Object) -> None:
        """Start a pod, and tell the API what becomes of it."""
        self.taken.append(pod)
        threading.Thread(target=self._run, args=(pod,), daemon=True).start()

    def pods(self, role: str) -> list[Object]:
        """All that were started for a role of Spark's."""
        return [pod for pod in self.taken if labels_of(pod)["spark-role"] == role]

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def close(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def _run(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        self.addresses[name] = ip = _SHORT_IP.format(next(self.numbers))
        place = self.folder / name
        place.mkdir()
        volumes = self._volumes(pod, place)
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                self._command(pod, ip, place, volumes), stdout=log, stderr=subprocess.STDOUT
            )
        self.processes[name] = process
        self.api.tell(name, "Running", ip=ip)
        code = self._wait(name, process)
        self.api.tell(name, "Failed" if code else "Succeeded", exit_code=code, ip=ip)

    def _wait(self, name: str, process: subprocess.Popen[bytes]) -> int:
        """Its exit code; a pod that is deleted is killed."""
        while True:
            try:
                return process.wait(0.2)
            except subprocess.TimeoutExpired:
                if name in self.api.deleted:
                    process.kill()

    def _volumes(self, pod: Object, place: Path) -> dict[str, Path]:
        """Directories of this machine by the names of the pod's volumes."""
        found = {}
        for volume in pod["spec"]["volumes"]:
            found[volume["name"]] = path = place / volume["name"]
            path.mkdir()
            if told := volume.get("configMap"):
                data = self._configuration(told["name"])
                every = [{"key": key, "path": key} for key in data]
                for item in told.get("items", every):
                    (path / item["path"]).write_text(data[item["key"]])
        return found

    def _configuration(self, name: str) -> dict[str, str]:
        """A pod is made before its configuration, and waits for it."""

        def kept() -> list[Object]:
            maps = self.api.of_kind("ConfigMap")
            return [one for one in maps if one["metadata"]["name"] == name]

        eventually(kept)
        data = dict(kept()[0]["data"])
        if _PROPERTIES in data:
            # Else a driver looks for the API at https://kubernetes.default.svc.
            data[_PROPERTIES] += f"\nspark.kubernetes.driver.master={self.api.url}\n"
        return data

    def _command(self, pod: Object, ip: str, place: Path, volumes: dict[str, Path]) -> list[str]:
        (container,) = pod["spec"]["containers"]
        identity = pod["spec"]["securityContext"]
        words = [str(shutil.which("bwrap")), "--die-with-parent", "--unshare-pid", "--unshare-user"]
        words += ["--unshare-uts", "--hostname", pod["metadata"]["name"]]
        words += ["--uid", str(identity["runAsUser"]), "--gid", str(identity["runAsGroup"])]
        for name in sorted(set(os.listdir("/")) - _OWN):
            words += _seen(Path("/") / name)
        words += ["--proc", "/proc", "--dev", "/dev"]
        for mount in container["volumeMounts"]:
            words += ["--bind", str(volumes[mount["name"]]), mount["mountPath"]]
        for needed in (Path(sys.prefix), Path(sys.base_prefix), SOURCE, self._java()):
            words += ["--ro-bind", str(needed), str(needed)]
        words += ["--ro-bind", str(SOURCE), "/opt/market"]
        words += self._files(pod, ip, place)
        if container["securityContext"]["readOnlyRootFilesystem"]:
            words += ["--remount-ro", "/"]
        words += ["--clearenv"]
        for name, value in {**self._of_image(), **self._environment(pod, ip)}.items():
            words += ["--setenv", name, value]
        return [*words, "--", ENTRYPOINT, *container["args"]]

    def _files(self, pod: Object, ip: str, place: Path) -> list[str]:
        """What a node gives to every container, and the account's token to those that want it."""
        services = [one["metadata"]["name"] for one in self.api.of_kind("Service")]
        drivers = [ip for name, ip in self.addresses.items() if "-exec-" not in name]
        hosts = "".join(f"{drivers[-1]} {name}.market.svc\n" for name in services)
        own = f"{ip} {pod['metadata']['name']}\n"
        (place / "hosts").write_text(f"127.0.0.1 localhost\n{own}{hosts}")
        user = pod["spec"]["securityContext"]["runAsUser"]
        (place / "passwd").write_text(f"spark:x:{user}:{user}::/tmp:/bin/false\n")
        words = []
        for name in ("hosts", "passwd"):
            words += ["--ro-bind", str(place / name), f"/etc/{name}"]
        if pod["spec"].get("automountServiceAccountToken", True):
            account = place / "account"
            account.mkdir()
            (account / "token").write_text(self.token)
            words += ["--ro-bind", str(account), _ACCOUNT]
        return words

    def _environment(self, pod: Object, ip: str) -> dict[str, str]:
        (container,) = pod["spec"]["containers"]
        fields = {"status.podIP": ip, "metadata.name": pod["metadata"]["name"]}
        found = {}
        for variable in container["env"]:
            source = variable.get("valueFrom", {})
            if asked := source.get("secretKeyRef"):
                found[variable["name"]] = self.secrets[asked["name"]][asked["key"]]
            elif asked := source.get("fieldRef"):
                found[variable["name"]] = fields[asked["fieldPath"]]
            else:
                found[variable["name"]] = variable.get("value", "")
        return found

    def _of_image(self) -> dict[str, str]:
        spark = find_spark(Settings(home=self.folder))
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "JAVA_HOME": str(self._java()),
            "SPARK_HOME": str(spark.home),
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": "/opt/market",
        }

    def _java(self) -> Path:
        return find_spark(Settings(home=self.folder)).java.home


def _seen(path: Path) -> list[str]:
    """A directory of the machine's, as it lies in the image."""
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)]
