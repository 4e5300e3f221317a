"""Every command explains itself, and a client's installation starts without an owner's packages."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from market.cli.lazy import LazyGroup
from market.cli.main import COMMANDS, main

ROOT = Path(__file__).parent.parent.parent.parent
HEAVY = ("numpy", "tenseal", "sqlalchemy", "fastapi", "airflow", "pyspark", "pandas", "numba")


def commands(group: LazyGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield (*path, name)
            if isinstance(command, LazyGroup):
                yield from commands(command, (*path, name))


ALL = sorted(commands(main))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_says_what_it_does_and_shows_an_example(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0, result.output
    assert "--json" in result.output
    is_group = "Commands:" in result.output
    assert is_group or f"Example: market {' '.join(path)}" in " ".join(result.output.split())


def test_root_help_lists_every_command_without_importing_any() -> None:
    result = CliRunner().invoke(main, ["--help"])
    for name, entry in COMMANDS.items():
        assert name in result.output
        assert entry.short_help in result.output


def test_version_is_the_packages() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.output.startswith("market, version ")


def test_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(main, ["unknown"]).exit_code == 2


@pytest.mark.processes
def test_client_imports_no_heavy_package() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "market" / "client").rglob("*.py"))
        # Frames and charts have an extra of their own.
        # A rehearsal computes on the twin's rows: its command names the extra that it needs.
        if path.stem != "rehearse" and path.parent.name != "analysis"
    ]
    commands_of_a_client = (
        "main",
        "account",
        "keys",
        "datasets",
        "buyer.jobs",
        "buyer.quote",
        "buyer.sign",
    )
    modules += [
        f"market.cli.{name}" for name in (*commands_of_a_client, "buyer.results", "buyer.receipts")
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name.removesuffix('.__init__'))\n"
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.processes
def test_missing_package_is_named_with_its_extra(tmp_path: Path) -> None:
    """An installation without TenSEAL and SQLAlchemy can still say what it lacks."""
    program = (
        "import sys\n"
        "sys.modules['sqlalchemy'] = None\n"
        "from market.cli.main import main\n"
        "main(['agent', 'status'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "extra-missing" in done.stderr
    assert "ciphertext-market[owner]" in done.stderr


def test_every_lazy_target_exists() -> None:
    for path in ALL:
        group: LazyGroup = main
        for name in path[:-1]:
            with click.Context(group) as context:
                found = group.get_command(context, name)
            assert isinstance(found, LazyGroup)
            group = found
        module, _, attribute = group.lazy[path[-1]].target.partition(":")
        assert hasattr(importlib.import_module(f"market.cli.{module}"), attribute)
