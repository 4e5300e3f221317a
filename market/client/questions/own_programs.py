"""Where on this machine the programs lie that the person worked on last, and what they ask.

programs.json   a list of {"dataset", "folder"}, the last one used first
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from market.adapters.private_files import write_private
from market.client.kept.home import ClientHome
from market.errors import Conflict, NotFound, Refused

PROGRAM_FILE: Final = "job.py"
_FILE = "programs.json"
_MOST = 20
_LARGEST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class OwnProgram:
    """A folder with a program. `dataset` is what it asks, an id or several with commas between;
    empty while the person has not said."""

    folder: str
    dataset: str

    @property
    def path(self) -> Path:
        return Path(self.folder)

    @property
    def number(self) -> str:
        """By which pages name it."""
        return hashlib.sha256(self.folder.encode()).hexdigest()[:16]

    @property
    def text(self) -> str:
        """The program as it lies there (raises as `open_program`)."""
        return _text_of(self.path)


def open_program(typed: str, dataset: str = "") -> OwnProgram:
    """The program of a folder as somebody typed it.

    Raises:
        Refused: `no-program`: there is no such folder, or no program in it.
    """
    folder = Path(typed.strip()).expanduser()
    if not typed.strip() or not folder.is_dir():
        raise Refused(
            "no-program",
            f"{typed.strip() or 'Nothing'} is not a folder on this machine.",
            "Give the whole path of the folder that holds job.py.",
        )
    _text_of(folder)
    return OwnProgram(str(folder.resolve()), dataset)


def write_program(program: OwnProgram, text: str, *, seen: str) -> None:
    """Write the program's text, where it is still what its writer saw.

    Args:
        seen: `digest_of` the text that was changed.

    Raises:
        Conflict: `program-changed`: somebody else, or another page, has changed it since.
        Refused: `no-program`: it is not there any more.
    """
    if digest_of(program.text) != seen:
        raise Conflict(
            "program-changed",
            f"{PROGRAM_FILE} was changed since this page was loaded; yours is not written.",
            "Keep your text, load the page again, and put both together.",
        )
    (program.path / PROGRAM_FILE).write_text(text, "utf-8")


def digest_of(text: str) -> str:
    """What a page remembers a program's text by."""
    return hashlib.sha256(text.encode()).hexdigest()


def _text_of(folder: Path) -> str:
    file = folder / PROGRAM_FILE
    try:
        text = file.read_bytes()[:_LARGEST_BYTES].decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            "no-program",
            f"{file} is no text that can be read.",
            f"A program is a file {PROGRAM_FILE} that defines build(ds). Start one from a dataset.",
        ) from error
    return text


def own_programs(home: ClientHome) -> list[OwnProgram]:
    """Those that the person worked on, the last one first; a list that is damaged holds none."""
    try:
        kept = json.loads((home.path / _FILE).read_bytes())
        return [OwnProgram(str(one["folder"]), str(one["dataset"])) for one in kept]
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, KeyError):
        return []


def own_program(home: ClientHome, number: str) -> OwnProgram:
    """One of them (raises NotFound: `no-own-program`)."""
    for one in own_programs(home):
        if one.number == number:
            return one
    raise NotFound(
        "no-own-program",
        "This program is not among those that you worked on last.",
        "Open its folder again.",
    )


def keep_own_program(home: ClientHome, program: OwnProgram) -> None:
    """Remember a program as the one worked on last."""
    others = [one for one in own_programs(home) if one.folder != program.folder]
    kept = [asdict(one) for one in [program, *others][:_MOST]]
    write_private(home.path / _FILE, json.dumps(kept).encode())
