"""A command that some message, page or document tells people to run exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from market.cli.lazy import LazyGroup
from market.cli.main import main

ROOT = Path(__file__).parent.parent.parent.parent
TOLD = re.compile(r"(?:`|: |\"|\$ |>)market ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")
SUFFIXES = {".py", ".html", ".md", ".toml"}
# Words that stand after "market" and are not commands.
PROSE = {"on"}


def told() -> list[tuple[str, str, str]]:
    found = set()
    files = [ROOT / "README.md"]
    for package in ("market", "dags"):
        files += [path for path in (ROOT / package).rglob("*") if path.suffix in SUFFIXES]
    for path in files:
        if path.exists():
            for match in TOLD.finditer(path.read_text("utf-8")):
                found.add((str(path.relative_to(ROOT)), match[1], match[2] or ""))
    return sorted(entry for entry in found if entry[1] not in PROSE)


@pytest.mark.parametrize(("path", "command", "below"), told())
def test_command_that_is_told_exists(path: str, command: str, below: str) -> None:
    with click.Context(main) as context:
        found = main.get_command(context, command)
        assert found is not None, f"{path} tells people to run `market {command}`"
        if isinstance(found, LazyGroup) and below:
            assert found.get_command(context, below), f"{path}: `market {command} {below}`"
