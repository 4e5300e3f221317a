"""The charts in helm/, rendered by Helm 4 in this process, and what is in them."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

Object = dict[str, Any]
HELM = Path(__file__).parents[2] / "helm"
PLATFORM = HELM / "market"
OWNER = HELM / "owner"
SIZES = ("laptop", "small", "large")
RELEASE, NAMESPACE = "m", "market"
_SITES = Path(__file__).parents[1] / "helm"
_TEMPLATES_OF_PODS = ("worker.yaml", "driver.yaml", "executor.yaml")


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Object:
    """Values files as Helm lays one over another."""
    both = {**below, **above}
    for name, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(name), dict):
            both[name] = merged(below[name], value)
    return both


def with_value(values: Mapping[str, Any], path: str, value: object) -> Object:
    """The same but for one value, by its dotted path."""
    changed = copy.deepcopy(dict(values))
    *folders, name = path.split(".")
    at = changed
    for folder in folders:
        at = at.setdefault(folder, {})
    at[name] = value
    return changed


def platform_values(size: str) -> Object:
    """A values file of the platform's chart, and what a site says."""
    return merged(_read(PLATFORM / f"values-{size}.yaml"), _read(_SITES / "site.yaml"))


def owner_values() -> Object:
    """What an owner's site says."""
    return _read(_SITES / "owner.yaml")


def member_values() -> Object:
    """What a member's says whom others reach directly."""
    return merged(owner_values(), _read(_SITES / "member.yaml"))


def rendered_text(chart: Path, values: Mapping[str, Any]) -> str:
    """All manifests, hooks too, by Helm 4."""
    helm = pytest.importorskip("helm_python", reason="Helm's library is for x86_64 Linux")
    with helm.Chart.load(chart) as loaded:
        files = loaded.render(dict(values), name=RELEASE, namespace=NAMESPACE)
    return "\n---\n".join(text for name, text in files.items() if name.endswith(".yaml"))


def objects_of(text: str) -> list[Object]:
    """The objects of manifests, in an order of their own."""
    found = [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]
    return sorted(
        found,
        key=lambda one: (
            one["kind"],
            one["metadata"]["name"],
            one["metadata"].get("namespace", ""),
        ),
    )


@functools.cache
def platform(size: str) -> tuple[Object, ...]:
    """What the platform's chart makes of a values file."""
    return tuple(objects_of(rendered_text(PLATFORM, platform_values(size))))


@functools.cache
def owner(site: str) -> tuple[Object, ...]:
    """What the owner's chart makes at an `owner`'s or a `member`'s site."""
    values = owner_values() if site == "owner" else member_values()
    return tuple(objects_of(rendered_text(OWNER, values)))


@dataclass(frozen=True)
class Pod:
    """A pod that would run: made by Kubernetes, or by Airflow or Spark from a template."""

    component: str
    labels: dict[str, str]
    spec: Object

    @property
    def containers(self) -> list[Object]:
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    @property
    def volumes(self) -> list[Object]:
        return list(self.spec.get("volumes", ()))

    def secret_files(self, secret: str) -> set[str]:
        """Which keys of a secret it mounts."""
        mounted = [
            v["secret"] for v in self.volumes if v.get("secret", {}).get("secretName") == secret
        ]
        return {item["key"] for one in mounted for item in one["items"]}

    def secrets_in_environment(self) -> set[str]:
        """The secrets that its variables are taken from."""
        variables = [one for c in self.containers for one in c.get("env", ())]
        return {
            one["valueFrom"]["secretKeyRef"]["name"]
            for one in variables
            if "secretKeyRef" in one.get("valueFrom", {})
        }


def pods(objects: tuple[Object, ...]) -> dict[str, Pod]:
    """By component."""
    return {pod.component: pod for pod in _pods(objects)}


def _pods(objects: tuple[Object, ...]) -> Iterator[Pod]:
    for one in objects:
        if one["kind"] in ("Deployment", "StatefulSet", "Job"):
            yield _pod(one["spec"]["template"])
        elif one["kind"] == "ConfigMap":
            for name in _TEMPLATES_OF_PODS:
                if name in one["data"]:
                    yield _pod(yaml.load(one["data"][name], yaml.CSafeLoader))


def _pod(template: Object) -> Pod:
    labels = template["metadata"]["labels"]
    return Pod(labels.get("app.kubernetes.io/component", "agent"), labels, template["spec"])


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector of Kubernetes' takes a pod."""
    if any(labels.get(name) != value for name, value in selector.get("matchLabels", {}).items()):
        return False
    for rule in selector.get("matchExpressions", ()):
        assert rule["operator"] == "In", "the charts use no other"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


def _read(path: Path) -> Object:
    return dict(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader))
