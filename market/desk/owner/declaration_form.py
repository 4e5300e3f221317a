"""The form of a declaration: all of it is one, so that whatever is pressed keeps what was typed.

Fields are called as the members of `DraftContent`; those of the columns come once for each line, in
their order, and `taken` names the places of the lines that are taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from crypto.errors import FormatError
from market import wire
from market.entities.draft import MOST_DRAFT_COLUMNS, DraftColumn, DraftContent
from market.errors import Refused
from market.owner.drafting.declarations import BegunDeclaration, Line
from market.plan.statistics import BY_KIND
from market.policy.drafts.draft_gaps import Gap
from market.policy.listing.policy_templates import template_of

_COLUMN: Final = tuple(field.name for field in fields(DraftColumn))
_SEVERAL: Final = ("dataset", "statistics", "columns")
_TEXTS: Final = tuple(one.name for one in fields(DraftContent) if one.name not in _SEVERAL)
_TEMPLATE: Final = "template-"


def typed_declaration(begun: BegunDeclaration, form: Mapping[str, list[str]]) -> BegunDeclaration:
    """What the form says, complete or not; what it does not hold stays as it was.

    Raises:
        Refused: `form-malformed`: a choice is none of those offered, or lines are missing.
    """
    given = [form.get(f"column_{name}", []) for name in _COLUMN]
    if {len(values) for values in given} != {len(begun.lines)}:
        raise _malformed(f"The form has not {len(begun.lines)} columns")
    values: dict[str, Any] = wire.to_json(begun.content) | {
        name: _text(form[name][0]) for name in _TEXTS if name in form
    }
    # Boxes that are not ticked are not sent.
    values["statistics"] = [kind for kind in BY_KIND if kind in form.get("statistics", [])]
    taken = set(form.get("taken", []))
    try:
        content = wire.from_json(DraftContent, values)
        lines = tuple(
            Line(
                wire.from_json(DraftColumn, dict(zip(_COLUMN, map(_text, row), strict=True))),
                str(place) in taken,
            )
            for place, row in enumerate(zip(*given, strict=True))
        )
    except FormatError as error:
        raise _malformed(str(error)) from error
    if len(taken) > MOST_DRAFT_COLUMNS:
        raise Refused(
            "table-too-wide",
            f"{len(taken):,} columns are taken, expected at most {MOST_DRAFT_COLUMNS}.",
            "Go back, and take fewer. Nothing was changed.",
        )
    pressed = (form.get("deed") or [""])[0]
    if pressed.startswith(_TEMPLATE):
        content = _with_policy(content, pressed.removeprefix(_TEMPLATE))
    return BegunDeclaration(begun.table, content, lines)


@dataclass(frozen=True, slots=True)
class Lacks:
    """What is missing or wrong, by the fields of the form.

    Attributes:
        by_field: sentences by a field's name; those of a line as `columns.3.low`, by its place.
        columns: by such a name, what the line's column is called; nothing of other fields.
        count: of all of them.
    """

    by_field: Mapping[str, Sequence[str]]
    columns: Mapping[str, str]
    count: int


def lacks_of(begun: BegunDeclaration, gaps: Sequence[Gap]) -> Lacks:
    """The gaps of what is declared, each at the line where its column stands in the form."""
    places, found, columns = begun.taken, dict[str, list[str]](), dict[str, str]()
    for gap in gaps:
        head, _, rest = gap.field.partition(".")
        place, dot, name = rest.partition(".")
        field = (
            gap.field
            if head != "columns" or not place
            else f"columns.{places[int(place)]}{dot}{name}"
        )
        found.setdefault(field, []).append(gap.sentence)
        if place:
            columns[field] = begun.declared.columns[int(place)].name
    return Lacks(found, columns, len(gaps))


def _with_policy(content: DraftContent, name: str) -> DraftContent:
    try:
        return template_of(name).given_to(content)
    except ValueError as error:
        raise _malformed(str(error)) from error


def _text(typed: str) -> str:
    """As it was typed, a browser's ends of lines aside."""
    return typed.replace("\r\n", "\n")


def _malformed(what: str) -> Refused:
    return Refused("form-malformed", f"{what:.400}.", "Go back, load the page and save it again.")
