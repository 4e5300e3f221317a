"""Rendered manifests as pods: commands, environments, mounts, probes, addresses. Pure."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

Document = Mapping[str, Any]
_CONTROLLERS = ("Deployment", "StatefulSet", "Job")
_HOOK = "helm.sh/hook"


@dataclass(frozen=True)
class Mount:
    """At `path`: these files, read-only; or where there are None, an empty folder to write in."""

    path: str
    files: Mapping[str, bytes] | None
    mode: int = 0o440


@dataclass(frozen=True)
class Probe:
    """A GET at a port; or a command that ends with 0."""

    path: str = ""
    port: int = 0
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Container:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...]
    uid: int
    ready: Probe | None


@dataclass(frozen=True)
class Pod:
    """One replica. `setup` runs to its end before `containers` start, one after the other."""

    name: str
    labels: Mapping[str, str]
    setup: tuple[Container, ...]
    containers: tuple[Container, ...]
    is_hook: bool


@dataclass(frozen=True)
class Service:
    """A name, and whose pods answer at which port: (port, where a pod listens)."""

    name: str
    selector: Mapping[str, str]
    ports: tuple[tuple[int, int], ...]

    def selects(self, pod: Pod) -> bool:
        return self.selector.items() <= pod.labels.items()


class Manifests:
    """What a chart rendered, together with the Secrets that somebody else made.

    Args:
        secrets: by name, keys and values.
    """

    def __init__(self, rendered: str, secrets: Mapping[str, Mapping[str, bytes]]) -> None:
        documents = yaml.load_all(rendered, yaml.CSafeLoader)
        self.documents: list[Document] = [document for document in documents if document]
        self._secrets = {name: dict(values) for name, values in secrets.items()}
        self._maps: dict[str, dict[str, str]] = {}
        for document in self.documents:
            name = document["metadata"]["name"]
            if document["kind"] == "ConfigMap":
                self._maps[name] = dict(document.get("data") or {})
            if document["kind"] == "Secret":
                decoded = document.get("data") or {}
                self._secrets[name] = {k: base64.b64decode(v) for k, v in decoded.items()}

    def pods(self) -> list[Pod]:
        """Every pod that the controllers would make; jobs that are hooks are marked."""
        found: list[Pod] = []
        for document in self.documents:
            if document["kind"] in _CONTROLLERS:
                found += self._pods_of(document)
        return found

    def services(self) -> list[Service]:
        return [
            Service(
                document["metadata"]["name"],
                document["spec"]["selector"],
                tuple((p["port"], self._target(document, p)) for p in document["spec"]["ports"]),
            )
            for document in self.documents
            if document["kind"] == "Service" and document["spec"].get("selector")
        ]

    def _target(self, service: Document, port: Mapping[str, Any]) -> int:
        target = port.get("targetPort", port["port"])
        if isinstance(target, int):
            return target
        for document in self.documents:
            if document["kind"] not in _CONTROLLERS:
                continue
            template = document["spec"]["template"]
            if service["spec"]["selector"].items() <= template["metadata"]["labels"].items():
                for container in template["spec"]["containers"]:
                    for named in container.get("ports", ()):
                        if named.get("name") == target:
                            return int(named["containerPort"])
        raise KeyError(f"no pod of service {service['metadata']['name']} has a port {target}")

    def _pods_of(self, document: Document) -> Iterable[Pod]:
        metadata, spec = document["metadata"], document["spec"]
        template = spec["template"]
        replicas = int(spec.get("replicas", 1))
        for number in range(replicas):
            name = metadata["name"] if replicas == 1 else f"{metadata['name']}-{number}"
            yield Pod(
                name,
                template["metadata"]["labels"],
                tuple(self._containers(template["spec"], "initContainers")),
                tuple(self._containers(template["spec"], "containers")),
                is_hook=_HOOK in (metadata.get("annotations") or {}),
            )

    def _containers(self, spec: Document, kind: str) -> Iterable[Container]:
        volumes = {volume["name"]: volume for volume in spec.get("volumes", ())}
        for container in spec.get(kind, ()):
            context = {**spec.get("securityContext", {}), **container.get("securityContext", {})}
            yield Container(
                container["name"],
                (*container.get("command", ()), *container.get("args", ())),
                self._environment(container),
                tuple(self._mounts(container, volumes)),
                int(context["runAsUser"]),
                _probe(container),
            )

    def _environment(self, container: Document) -> dict[str, str]:
        found: dict[str, str] = {}
        for source in container.get("envFrom", ()):
            if "configMapRef" in source:
                found |= self._maps[source["configMapRef"]["name"]]
            else:
                secret = self._secrets[source["secretRef"]["name"]]
                found |= {key: value.decode() for key, value in secret.items()}
        for one in container.get("env", ()):
            if "value" in one:
                found[one["name"]] = one["value"]
            elif "secretKeyRef" in one["valueFrom"]:
                reference = one["valueFrom"]["secretKeyRef"]
                found[one["name"]] = self._secrets[reference["name"]][reference["key"]].decode()
            elif "configMapKeyRef" in one["valueFrom"]:
                reference = one["valueFrom"]["configMapKeyRef"]
                found[one["name"]] = self._maps[reference["name"]][reference["key"]]
        return found

    def _mounts(self, container: Document, volumes: Mapping[str, Document]) -> Iterable[Mount]:
        for mount in container.get("volumeMounts", ()):
            volume = volumes[mount["name"]]
            files, mode = self._files(volume)
            path = mount["mountPath"]
            if "subPath" in mount and files is not None:
                path, name = path.rpartition("/")[::2]
                files = {name: files[mount["subPath"]]}
            yield Mount(path, files, mode)

    def _files(self, volume: Document) -> tuple[Mapping[str, bytes] | None, int]:
        if "projected" in volume:
            together: dict[str, bytes] = {}
            for source in volume["projected"]["sources"]:
                together |= self._files(source)[0] or {}
            return together, int(volume["projected"].get("defaultMode", 0o440))
        for kind in ("secret", "configMap"):
            if kind in volume:
                source = volume[kind]
                name = source.get("secretName") or source.get("name")
                whole = self._secrets[name] if kind == "secret" else self._encoded(name)
                return _chosen(whole, source.get("items")), int(source.get("defaultMode", 0o440))
        return None, 0

    def _encoded(self, name: str) -> dict[str, bytes]:
        return {key: value.encode() for key, value in self._maps[name].items()}


def _chosen(
    whole: Mapping[str, bytes], items: Sequence[Mapping[str, str]] | None
) -> dict[str, bytes]:
    if items is None:
        return dict(whole)
    return {item["path"]: whole[item["key"]] for item in items}


def _probe(container: Document) -> Probe | None:
    """How a pod's readiness is asked for; by its start where it has no other probe."""
    probe = container.get("readinessProbe") or container.get("startupProbe")
    if probe is None:
        return None
    if "httpGet" in probe:
        port = probe["httpGet"]["port"]
        if not isinstance(port, int):
            port = next(p["containerPort"] for p in container["ports"] if p["name"] == port)
        return Probe(probe["httpGet"]["path"], int(port))
    if "exec" in probe:
        return Probe(command=tuple(probe["exec"]["command"]))
    return Probe(port=int(probe["tcpSocket"]["port"]))
