"""Declarations that an owner has begun, kept beside their agent, also once the table is listed.

    declarations/<dataset>/declaration.json    as far as it was typed, half-filled or whole
    declarations/<dataset>/dataset.toml        written when nothing is missing: what is published

A table stays where it is: only its path is kept, and of its content nothing but the header is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crypto import canonical
from crypto.errors import CryptoError
from market import wire
from market.adapters.private_files import make_private_directory, write_private
from market.client.http.api import PortalClient
from market.entities.draft import (
    DraftColumn,
    DraftContent,
    completed_column,
    completed_content,
)
from market.errors import Conflict, NotFound, Refused
from market.owner.drafting.draft_declaration import declaration_text
from market.owner.drafting.propose import found_columns, nameless_columns, propose_draft
from market.owner.drafting.take_up import fetched_draft
from market.owner.publish.kept_layout import kept_layout, with_kept_layout
from market.owner.publish.settle_table import Files
from market.owner.table.layout import normal_name
from market.owner.table.read_table import read_header
from market.plan.dataset_ids import DATASET_ID, DATASET_ID_RULE
from market.policy.drafts.draft_gaps import gaps_of
from market.vault.home import AgentHome
from market.vault.layout import dataset_path


@dataclass(frozen=True, slots=True)
class Line:
    """A column of the file as far as it is declared; one that is not taken stays at home."""

    column: DraftColumn
    is_taken: bool


@dataclass(frozen=True, slots=True)
class BegunDeclaration:
    """What an owner says of a table so far.

    Attributes:
        table: its path on this machine.
        content: all but the columns.
        lines: the columns in the file's order.
    """

    table: str
    content: DraftContent
    lines: tuple[Line, ...]

    @property
    def dataset(self) -> str:
        """The id it is published under."""
        return self.content.dataset

    def digest(self) -> str:
        """By what it is known whether it was saved elsewhere meanwhile."""
        return hashlib.sha256(wire.encode(self)).hexdigest()

    @property
    def taken(self) -> tuple[int, ...]:
        """The places of the lines that are declared: the column of ids is not asked about."""
        unit = self.content.unit_column.strip()
        return tuple(
            place
            for place, line in enumerate(self.lines)
            if line.is_taken and line.column.name.strip() != unit
        )

    @property
    def declared(self) -> DraftContent:
        """All of it, as a listing would have it."""
        return replace(
            self.content, columns=tuple(self.lines[place].column for place in self.taken)
        )


def begin_declaration(home: AgentHome, dataset: str, table: Path) -> BegunDeclaration:
    """Find the columns of a table by its header and begin to declare it.

    Raises:
        Refused: `dataset-id`; the header cannot be read, or two columns have one.
        Conflict: `declaration-exists`: one of this id was begun.
    """
    _check_none(home, dataset)
    header = read_header(table)
    nameless = nameless_columns(header)
    begun = BegunDeclaration(
        str(table.resolve()),
        replace(propose_draft(table, dataset), columns=()),
        # What nobody has named is taken where its owner says so.
        tuple(Line(column, column.name not in nameless) for column in found_columns(header, table)),
    )
    keep_declaration(home, begun)
    return begun


def begin_from_draft(
    portal: PortalClient, home: AgentHome, number: int, table: Path
) -> BegunDeclaration:
    """Begin with a draft of the portal, which writes down that it was taken up.

    What the portal gives is a stranger's word: its owner reads all of it before they publish.

    Raises:
        Refused: the draft has no id yet, or the header cannot be read.
        Conflict: `declaration-exists`; `draft-taken`: somebody else took it up; `draft-changed`.
        NotFound: `no-draft`.
    """
    draft = fetched_draft(portal, number)
    begun = continued_declaration(home, draft.content, table)
    _check_none(home, begun.dataset)
    portal.post(f"drafts/{number}/take-up", {"revision": draft.revision})
    keep_declaration(home, begun)
    return begun


def continued_declaration(home: AgentHome, content: DraftContent, table: Path) -> BegunDeclaration:
    """Begin with what is declared elsewhere: a draft of the portal, or a listing. What neither says
    of the file is as its owner declared it last (market.owner.publish.kept_layout).

    Columns of the table that it does not name are not taken. Nothing is kept yet.

    Raises:
        Refused: the header cannot be read, or `dataset-id`.
    """
    kept = kept_layout(home.path, content.dataset.strip())
    header = read_header(table)
    content = with_kept_layout(content, kept, header).content
    left, lines = list(content.columns), []
    for found in found_columns(header, table):
        known = next((column for column in left if _is_same(column, found)), None)
        if known is not None:
            left.remove(known)
        lines.append(Line(known or found, known is not None))
    # What the file does not have stands last: its owner sees what publishing will refuse.
    lines += [Line(column, True) for column in left]
    return BegunDeclaration(str(table.resolve()), replace(content, columns=()), tuple(lines))


def _check_none(home: AgentHome, dataset: str) -> None:
    if not DATASET_ID.fullmatch(dataset):
        raise Refused(
            "dataset-id",
            f"The dataset's id is {dataset!r:.80}, expected {DATASET_ID_RULE}.",
            "Give another id.",
        )
    if _file(home, dataset).exists():
        raise Conflict(
            "declaration-exists",
            f"A declaration of {dataset} was begun already.",
            "Go on with it, or give another id.",
        )


def _is_same(declared: DraftColumn, found: DraftColumn) -> bool:
    """Whether a declared column is this one of a file (market.owner.table.layout)."""
    header = declared.header.strip()
    if not header:
        return declared.name.strip() == found.name
    return header == found.header or (normal_name(header) == found.name and not found.header)


def keep_declaration(home: AgentHome, begun: BegunDeclaration) -> None:
    """Write it down as it is."""
    path = _file(home, begun.dataset)
    make_private_directory(path.parent)
    write_private(path, wire.encode(begun))


def read_begun(home: AgentHome, dataset: str) -> BegunDeclaration:
    """One that was begun.

    Raises:
        NotFound: `no-declaration`. Refused: `declaration-damaged`, or `dataset-malformed`.
    """
    path = _file(home, dataset)
    if not path.exists():
        raise NotFound(
            "no-declaration", f"No declaration of {dataset} was begun.", "Begin one: list a table."
        )
    try:
        return wire.from_json(BegunDeclaration, _completed(canonical.loads(path.read_bytes())))
    except CryptoError as error:
        raise Refused(
            "declaration-damaged",
            f"{path} is not what was kept: {error}.",
            "Remove the file, and begin again.",
        ) from error


def _completed(value: Any) -> Any:
    """The JSON of one that was begun, with all members that drafts have by now."""
    if not isinstance(value, dict) or not isinstance(value.get("lines"), list):
        return value
    lines = [
        {**line, "column": completed_column(line.get("column"))} if isinstance(line, dict) else line
        for line in value["lines"]
    ]
    return {**value, "content": completed_content(value.get("content")), "lines": lines}


def begun_declarations(home: AgentHome) -> Iterator[str]:
    """The ids of those that were begun, in order."""
    for path in sorted((home.path / "declarations").glob("*/declaration.json")):
        yield path.parent.name


def declared_files(home: AgentHome, begun: BegunDeclaration) -> Files:
    """The table and its dataset.toml, written anew.

    Raises:
        Refused: `declaration-incomplete`: something is missing or wrong.
    """
    if gaps := gaps_of(begun.declared):
        raise Refused(
            "declaration-incomplete",
            f"The declaration of {begun.dataset} lacks {len(gaps)} things; the first: "
            f"{gaps[0].sentence}",
            "Fill in what is missing; nothing was sent.",
        )
    path = _file(home, begun.dataset).with_name("dataset.toml")
    write_private(path, declaration_text(begun.declared).encode())
    return Files(path, Path(begun.table))


def drop_declaration(home: AgentHome, dataset: str) -> None:
    """Forget one that was begun; the table stays where it is."""
    path = _file(home, dataset)
    for each in (path, path.with_name("dataset.toml")):
        each.unlink(missing_ok=True)


def _file(home: AgentHome, dataset: str) -> Path:
    name = dataset_path(home, dataset).name
    return home.path / "declarations" / name / "declaration.json"
