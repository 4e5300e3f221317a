"""A small picker of files on this machine: folders, and the tables in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from market.errors import Refused

_TABLES: Final = frozenset({".csv", ".tsv", ".parquet"})
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table by its path; `size_bytes` is the file's."""

    path: Path
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, those in it and its tables, by name; hidden ones are left out.

    Attributes:
        above: the folder it lies in; None at the top.
        is_cut: there is more than is shown.
    """

    path: Path
    above: Path | None
    folders: tuple[Path, ...]
    tables: tuple[TableFile, ...]
    is_cut: bool


def folder_at(typed: str) -> Folder:
    """What lies in a folder, the person's own where none is named.

    Raises:
        Refused: `folder-unreadable`.
    """
    path = Path(typed or "~").expanduser()
    try:
        path = path.resolve(strict=True)
        found = sorted(each for each in path.iterdir() if not each.name.startswith("."))
        folders = [each for each in found if each.is_dir()]
        tables = [
            TableFile(each, each.stat().st_size)
            for each in found
            if each.suffix.lower() in _TABLES and each.is_file()
        ]
    except (OSError, ValueError, RuntimeError) as error:
        raise Refused(
            "folder-unreadable",
            f"{typed[:200] or '~'} cannot be read ({type(error).__name__}).",
            "Choose a folder that you may read.",
        ) from error
    above = path.parent if path.parent != path else None
    is_cut = len(folders) > _MOST or len(tables) > _MOST
    return Folder(path, above, tuple(folders[:_MOST]), tuple(tables[:_MOST]), is_cut)
