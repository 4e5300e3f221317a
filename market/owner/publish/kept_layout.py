"""How the file of a version was laid out: kept with its owner's agent, for the next version.

datasets/<dataset>/<version>/dataset.toml    the declaration, as it was published

A listing does not tell headers, codes for what is missing, separator or how cells are
written. What a draft does not say of them is taken from the owner's own declaration, and told
before anything is signed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from market.adapters.private_files import write_private
from market.entities.draft import DraftColumn, DraftContent
from market.owner.outgoing import Outgoing
from market.owner.publish.settle_table import Files
from market.owner.table.read_table import Header
from market.plan.cells import cell_text, normal_text
from market.plan.dataset_ids import DATASET_ID
from market.policy.drafts.draft_items import items_text
from market.vault.layout import version_path

_NAME: Final = "dataset.toml"


@dataclass(frozen=True, slots=True)
class KeptLayout:
    """The declaration of the newest version that was made here, as TOML has it."""

    version: int
    values: Mapping[str, Any]

    def column(self, name: str) -> Mapping[str, Any]:
        """What it says of a column; nothing of one that it does not have."""
        return next((one for one in self.values["columns"] if one["name"] == name), {})


@dataclass(frozen=True, slots=True)
class Filled:
    """A draft with the layout that it lacks; `taken` says in words what came from where, or
    nothing."""

    content: DraftContent
    taken: str


def remember_declaration(attempt: Outgoing, files: Files) -> None:
    """Keep how a version was declared."""
    path = version_path(attempt.home, attempt.dataset, attempt.version) / _NAME
    write_private(path, files.declaration.read_bytes())


def kept_layout(agent_path: Path, dataset: str) -> KeptLayout | None:
    """That of a dataset's newest version in an agent's directory, locked or not; None where none
    is kept, or it cannot be read."""
    if not DATASET_ID.fullmatch(dataset):
        return None
    kept = (agent_path / "datasets" / dataset).glob(f"*/{_NAME}")
    versions = {int(path.parent.name): path for path in kept if path.parent.name.isdecimal()}
    if not versions:
        return None
    newest = max(versions)
    try:
        values = tomllib.loads(versions[newest].read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError):
        return None
    return KeptLayout(newest, values)


def with_kept_layout(content: DraftContent, kept: KeptLayout | None, header: Header) -> Filled:
    """The draft, and what it does not say of its file as its owner declared it last.

    Args:
        header: of the file that is to be published: a header that it does not have is not taken.
    """
    if kept is None:
        return Filled(content, "")
    headers = {normal_text(name) for name, _ in header.columns}
    filled = _with_unit(content, kept, headers)
    if not content.separator.strip() and header.separator is not None:
        separator = kept.values.get("separator", "")
        filled = replace(filled, separator="tab" if separator == "\t" else separator)
    columns = (_with_column(column, content, kept, headers) for column in content.columns)
    filled = replace(filled, columns=tuple(columns))
    told = ", ".join(_told(content, filled))
    return Filled(filled, f"As you declared version {kept.version}: {told}." if told else "")


def _with_unit(content: DraftContent, kept: KeptLayout, headers: Collection[str]) -> DraftContent:
    said = kept.values["privacy_unit"]
    if not content.unit_column.strip() or said.get("column") != content.unit_column.strip():
        return content
    return replace(
        content,
        unit_header=content.unit_header or _header(said, headers),
        unit_missing=content.unit_missing or _codes(said),
    )


def _with_column(
    column: DraftColumn, content: DraftContent, kept: KeptLayout, headers: Collection[str]
) -> DraftColumn:
    said = kept.column(column.name.strip())
    says_way = column.written or (column.kind == "numeric" and content.decimal_comma)
    return replace(
        column,
        header=column.header or _header(said, headers),
        missing=column.missing or _codes(said),
        written=column.written if says_way else _written(said),
    )


def _header(said: Mapping[str, Any], headers: Collection[str]) -> str:
    header: str = said.get("header", "")
    return header if normal_text(header) in headers else ""


def _codes(said: Mapping[str, Any]) -> str:
    return items_text(filter(None, map(cell_text, said.get("missing", []))))


def _written(said: Mapping[str, Any]) -> str:
    written: str = said.get("written") or ("1234,5" if said.get("decimal") == "," else "")
    return written


def _told(content: DraftContent, filled: DraftContent) -> Iterator[str]:
    """What was filled in, part by part."""
    if content.separator != filled.separator:
        yield f"separator {filled.separator}"
    if content.unit_header != filled.unit_header:
        yield f"header of {content.unit_column.strip()} ({filled.unit_header})"
    if content.unit_missing != filled.unit_missing:
        yield f"codes for nobody ({filled.unit_missing})"
    for before, after in zip(content.columns, filled.columns, strict=True):
        name = before.name.strip()
        if before.header != after.header:
            yield f"header of {name} ({after.header})"
        if before.missing != after.missing:
            yield f"codes for nothing in {name} ({after.missing})"
        if before.written != after.written:
            yield f"{name} is written {after.written}"
