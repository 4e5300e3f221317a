"""The plan of the house: every package and module, with the first sentence of its docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("crypto", "market", "dags", "spark_jobs")


@dataclass(frozen=True, slots=True)
class Room:
    """A folder of modules. `name` is its path; each module has its name and its first sentence."""

    name: str
    sentence: str
    modules: tuple[tuple[str, str], ...]


def read_rooms(root: Path) -> tuple[Room, ...]:
    """Every folder with Python modules under the packages of `root`, by path.

    Migrations stand for themselves: their revisions are left out.
    """
    return tuple(room for package in _PACKAGES for room in _below(root / package, root))


def _below(folder: Path, root: Path) -> Iterator[Room]:
    files = [path for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    face = folder / "__init__.py"
    if files or face.exists():
        yield Room(
            folder.relative_to(root).as_posix(),
            _sentence(face) if face.exists() else "",
            tuple((path.stem, _sentence(path)) for path in files),
        )
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        if inner.name not in ("versions", "templates"):
            yield from _below(inner, root)


def _sentence(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    paragraph = " ".join(docstring.split("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".:;") if paragraph else ""
