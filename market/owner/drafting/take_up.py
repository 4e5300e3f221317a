"""Take up a draft of the portal's: from what was typed there to a declaration on this machine.

What the portal gives is a stranger's word until the owner has read it. It is fetched once; what is
shown is what is written, and what is written is what is published. Nothing that the portal says
later changes it.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from crypto.errors import FormatError
from market.adapters.private_files import write_private
from market.client.http.api import PortalClient
from market.client.http.transport import nonsense
from market.entities.draft import Draft, read_draft_document
from market.errors import Conflict, Refused
from market.owner.declaration.describe import Declaration, parse_declaration
from market.owner.drafting.draft_declaration import declaration_of
from market.owner.publish.kept_layout import KeptLayout, with_kept_layout
from market.owner.table.layout import Layout, Source, count_found, find_columns, normal_name, quoted
from market.owner.table.read_table import read_header

NO: Final = "Nothing was signed or sent."


@dataclass(frozen=True, slots=True)
class Offer:
    """A draft as this machine reads it, before its owner agrees.

    Attributes:
        text: the declaration, a dataset.toml.
        not_taken: headers of the table that nobody will be able to ask about.
        filled: what of the file's layout is the owner's own earlier word, in words, or empty.
    """

    number: int
    revision: int
    text: str
    declaration: Declaration
    not_taken: tuple[str, ...]
    filled: str


def take_up(
    portal: PortalClient,
    number: int,
    table: Path,
    *,
    out: Path | None,
    agree: Callable[[Offer], bool],
    kept: Callable[[str], KeptLayout | None] = lambda _dataset: None,
) -> Path:
    """Write the declaration that a draft says, once its owner agrees; return where it stands.

    Args:
        table: the file that is to be published; its header is read, and no value.
        out: where to write it; by itself DATASET.toml in the folder of the table.
        agree: shown everything that is about to be signed.
        kept: how the file of a dataset's newest version was laid out, for what the draft does not
            say of it.

    Raises:
        Refused: `draft-incomplete`, `declaration-invalid`, `table-column-missing`, others of the
            table's header; `not-confirmed`.
        Conflict: `draft-taken`: somebody else took it up; `draft-changed`; `file-exists`: the file
            says something else.
        NotFound: `no-draft`.
    """
    offer = _offer(fetched_draft(portal, number), table, kept)
    path = out or table.with_name(f"{offer.declaration.dataset}.toml")
    _check_free(path, offer.text)
    if not agree(offer):
        raise Refused("not-confirmed", "You said no.", NO)
    portal.post(f"drafts/{number}/take-up", {"revision": offer.revision})
    write_private(path, offer.text.encode())
    return path


def fetched_draft(portal: PortalClient, number: int) -> Draft:
    """A draft as the portal has it now (raises NotFound: `no-draft`; Unavailable: it is none)."""
    answer: dict[str, Any] = portal.get(f"drafts/{number}")
    try:
        content = read_draft_document(answer["draft"])
    except FormatError as error:
        raise nonsense(f"The portal's draft {number} is none: {error}") from error
    by, at = answer["saved_by"], answer["saved_at"]
    return Draft(number, "", content, answer["revision"], by, at, by, at)


def _offer(draft: Draft, table: Path, kept: Callable[[str], KeptLayout | None]) -> Offer:
    header = read_header(table)
    filled = with_kept_layout(draft.content, kept(draft.content.dataset.strip()), header)
    text = declaration_of(replace(draft, content=filled.content))
    declaration = parse_declaration(text)
    not_taken = _not_taken([name for name, _ in header.columns], declaration.layout)
    return Offer(draft.number, draft.revision, text, declaration, not_taken, filled.taken)


def _not_taken(headers: Sequence[str], layout: Layout) -> tuple[str, ...]:
    """The headers that no declared column has.

    Raises:
        Refused: `table-column-missing`, with every declared column that the table lacks, and what
            may have been meant.
    """
    missing = [source for source in layout.sources if not count_found(headers, [source])]
    if missing:
        told = "; ".join(_missing(source, headers) for source in missing)
        raise Refused(
            "table-column-missing",
            f"The table has no column for {len(missing)} of those declared: {told}.",
            f"Correct the draft's columns in the portal, or name another table. {NO}",
        )
    places = set(find_columns(headers, layout.sources))
    return tuple(name for place, name in enumerate(headers) if place not in places)


def _missing(source: Source, headers: Sequence[str]) -> str:
    wanted = source.header or source.name
    by_name = {normal_name(header): header for header in headers}
    near = difflib.get_close_matches(normal_name(wanted), by_name, n=1)
    return quoted(wanted) + (f" (did you mean {quoted(by_name[near[0]])}?)" if near else "")


def _check_free(path: Path, text: str) -> None:
    """That the file is not there, or says the same: then this goes on where it was broken off."""
    if path.exists() and path.read_text("utf-8", errors="replace") != text:
        raise Conflict(
            "file-exists",
            f"{path} exists already, and says something else than the draft does now.",
            f"Move it away, or give another --out. {NO}",
        )
