"""The images: their rules, what they install, and that it is enough for what they run.

None is built here: there is no container engine. What can be known without one is tested.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from world.charts import HELM, platform, pods

ROOT = HELM.parent
IMAGES = HELM / "images"
FAMILIES = ("portal", "airflow", "spark", "sandbox", "agent")
_OPERATOR = ("serve", "relay", "admin", "migrate", "rotate")
_OWNER = ("agent", "agent_setup", "agent_migrate", "agent_replace", "publish", "grants", "own_home",
          "standing")  # fmt: skip
RUNS = {
    "portal": tuple(f"operator.{name}" for name in _OPERATOR),
    "airflow": ("operator.airflow", "operator.step", "operator.spark"),
    "spark": (),
    "sandbox": ("operator.sandbox",),
    "agent": (
        *(f"owner.{name}" for name in _OWNER),
        *("keys", "account", "member.consortium", "member.consortium_steps"),
    ),
}
"""Modules of market.cli, by what the images are for."""
LOADS = {
    "portal": ("market.adapters.stores.s3", "psycopg"),
    "airflow": (
        "market.adapters.stores.s3",
        "psycopg",
        "market.airflow.single_sign_on.auth_manager",
        "airflow.api_fastapi.main",
        "spark_jobs.resident",
    ),
    "spark": ("market.adapters.stores.s3", "spark_jobs.evaluate"),
    "sandbox": (),
    "agent": ("crypto.mpc.worker", "market.owner.publish.encrypt_table"),
}
"""What they load by name, when there is need of it."""
_PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", re.M)
_ONLY = """
import importlib, sys
from importlib.machinery import PathFinder
refused = set(sys.argv[1].split(","))
class Installed:
    def find_spec(name, path=None, target=None):
        absent = name.partition(".")[0] in refused
        return None if absent else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Installed
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


def text_of(family: str) -> str:
    return (IMAGES / f"{family}.Dockerfile").read_text("utf-8")


def stages(family: str) -> list[list[str]]:
    """Of each stage its instructions."""
    joined = re.sub(r"\\\n\s*", "", text_of(family))
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    found: list[list[str]] = []
    for line in lines:
        if line.startswith("FROM "):
            found.append([])
        elif found:
            found[-1].append(line)
    return found


def pins(lock: Path) -> dict[str, str]:
    return dict(_PINNED.findall(lock.read_text("utf-8")))


@pytest.mark.processes
@pytest.mark.parametrize("family", FAMILIES)
def test_dockerfile_passes_hadolint(family: str) -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is for x86_64 Linux")
    file = IMAGES / f"{family}.Dockerfile"
    found = subprocess.run([hadolint, "--no-color", file], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("family", FAMILIES)
def test_image_is_of_a_pinned_base_and_hashed_packages_and_nobodys_root(family: str) -> None:
    text = text_of(family)
    assert re.findall(r"^FROM (\S+)", text, re.M) == ["${BASE}", "${BASE}"]
    assert "ARG BASE\n" in text, "without a default: a build names its digest"
    build, last = stages(family)
    installs = [line for line in build if "pip install" in line]
    assert installs == [
        f"RUN /opt/venv/bin/pip install --require-hashes --requirement /build/{family}.lock",
        "RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --target /opt/market /build",
    ]
    assert not [line for line in last if "pip" in line.split()]
    users = [line for line in last if line.startswith("USER")]
    assert users == ["USER 10001:10001"], "as the charts say"
    assert any("useradd --uid 10001 " in line for line in last), "a user without a name"
    after = last[last.index(users[0]) :]
    assert not [line for line in after if line.startswith(("RUN", "COPY"))]
    assert not [line for line in last if line.startswith(("ADD", "EXPOSE"))]


def test_there_is_one_dockerfile_for_each_lock_and_each_image_of_the_charts() -> None:
    assert {file.stem for file in IMAGES.glob("*.Dockerfile")} == set(FAMILIES)
    assert {file.stem for file in IMAGES.glob("*.lock")} == set(FAMILIES)
    named = {
        re.sub(r".*/market-|@.*", "", one["image"])
        for pod in pods(platform("large")).values()
        for one in pod.containers
        if "@" in one["image"]
    }
    assert named | {"spark", "agent"} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_lock_is_a_part_of_the_whole_and_names_no_index(family: str) -> None:
    lock = IMAGES / f"{family}.lock"
    whole = pins(ROOT / "requirements.lock")
    assert pins(lock).items() <= whole.items()
    assert len(pins(lock)) >= 15
    assert not re.search(r"://|--index-url|--extra-index-url|--find-links", lock.read_text())
    assert "--hash=sha256:" in lock.read_text()


def test_images_that_need_less_have_less() -> None:
    has = {family: set(pins(IMAGES / f"{family}.lock")) for family in FAMILIES}
    platforms = {"sqlalchemy", "boto3", "psycopg", "apache-airflow-core", "pyspark", "tenseal"}
    assert not has["sandbox"] & (platforms | {"numpy", "fastapi", "jinja2"})
    assert not has["portal"] & {"apache-airflow-core", "pyspark", "tenseal", "mpyc"}
    assert not has["spark"] & {"apache-airflow-core", "sqlalchemy", "fastapi", "tenseal", "mpyc"}
    assert not has["airflow"] & {"tenseal", "mpyc"}, "no key is made or used on the platform"
    assert not has["agent"] & {"apache-airflow-core", "pyspark", "fastapi"}


def _refused(family: str) -> set[str]:
    """Modules of every installed distribution that the image has not."""
    has = {re.sub(r"[-_.]+", "-", name).lower() for name in pins(IMAGES / f"{family}.lock")}
    has |= {"ciphertext-market"}
    return {
        module
        for module, names in importlib.metadata.packages_distributions().items()
        if not has & {re.sub(r"[-_.]+", "-", name).lower() for name in names}
    }


@pytest.mark.processes
@pytest.mark.parametrize("family", FAMILIES)
def test_what_an_image_runs_imports_what_it_has(family: str) -> None:
    modules = ["market.cli.main", *(f"market.cli.{name}" for name in RUNS[family]), *LOADS[family]]
    command = [sys.executable, "-c", _ONLY, ",".join(_refused(family)), *modules]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[-2_000:]


@pytest.mark.processes
def test_import_of_what_an_image_lacks_is_noticed() -> None:
    command = [
        sys.executable,
        "-c",
        _ONLY,
        ",".join(_refused("sandbox")),
        "market.cli.operator.serve",
    ]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode != 0
    assert "ModuleNotFoundError" in ran.stderr
