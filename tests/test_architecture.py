"""The house keeps its shape: sizes, imports, locks, words that must not appear."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("crypto", "market", "spark_jobs", "dags")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MAXIMUM_FILE_LINES = 300
MAXIMUM_FUNCTION_LINES = 40
CATCH_ALL_NAMES = {"utils", "util", "helpers", "common", "misc", "manager", "base", "data"}
TOP_LEVEL = {
    "pyproject.toml", "README.md", "market", "dags", "crypto", "spark_jobs", "tests", "helm",
    "LICENSE", "Makefile", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md",
    "requirements.lock", "requirements-dev.lock",
}  # fmt: skip


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_module_is_small_and_says_what_it_is(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module begins with its rules"
    assert len(text.splitlines()) <= MAXIMUM_FILE_LINES
    for function in functions(tree):
        docstring = function.body[0] if ast.get_docstring(function) else None
        words = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
        lines = (function.end_lineno or 0) - function.lineno + 1 - words
        assert lines <= MAXIMUM_FUNCTION_LINES, f"{function.name} has {lines} lines"
    assert path.stem not in CATCH_ALL_NAMES


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_imports_stand_at_the_top(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    for function in functions(tree):
        for node in ast.walk(function):
            assert not isinstance(node, (ast.Import, ast.ImportFrom)), f"in {function.name}"


def test_dags_import_each_other_airflow_and_the_standard_library_only() -> None:
    files = list((ROOT / "dags").rglob("*.py"))
    allowed = set(sys.stdlib_module_names) | {"airflow", "__future__"} | {f.stem for f in files}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= allowed


def tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


@pytest.mark.processes
def test_people_are_they_or_their_role() -> None:
    texts = [name for name in tracked_files() if name.endswith((".py", ".md", ".html", ".txt"))]
    gendered = re.compile(r"\b(?:s?h[e]|h(?:im|is|er|ers|imself|erself))\b", re.IGNORECASE)
    assert texts
    for name in texts:
        found = gendered.search((ROOT / name).read_text("utf-8"))
        assert found is None, f"{name}: {found}"


@pytest.mark.processes
def test_top_level_is_fixed() -> None:
    names = {name.split("/")[0] for name in tracked_files()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_is_pinned_by_hash_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text()
    for word in ("://", "--index-url", "--extra-index-url", "--find-links", "file:"):
        assert word not in text
    entries = re.split(r"\n(?=[a-z0-9])", "\n".join(
        line for line in text.splitlines() if not line.lstrip().startswith("#")
    ))  # fmt: skip
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {normal(line.split("==")[0]) for line in lines if re.match(r"[A-Za-z0-9]", line)}


def required(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\s\[<>=!~;]", r, maxsplit=1)[0]) for r in requirements}


def test_locks_hold_what_the_project_requires() -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = metadata["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        # An extra may hold another of our own.
        wanted += [one for one in extra if not one.startswith(project["name"])]
    groups = metadata["dependency-groups"]
    assert required(wanted + groups["install"]) <= locked("requirements.lock")
    dev = locked("requirements-dev.lock")
    assert required(wanted + groups["install"] + groups["dev"]) <= dev
    assert locked("requirements.lock") <= dev
    pins = set(re.findall(r"^[^\s#]+==[^\s;]+", (ROOT / "requirements.lock").read_text(), re.M))
    dev_pins = set(
        re.findall(r"^[^\s#]+==[^\s;]+", (ROOT / "requirements-dev.lock").read_text(), re.M)
    )
    assert pins <= dev_pins, "the two locks are exports of one resolution"
