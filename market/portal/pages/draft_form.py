"""A draft's form, and what its buttons do before it is saved.

All of a draft is one form, so that whatever is pressed keeps whatever was typed. Fields are called
as the members of `DraftContent`; those of the columns come once for each column, in their order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, Final

from crypto.errors import FormatError
from market import wire
from market.entities.draft import DraftColumn, DraftContent
from market.errors import Refused
from market.policy.drafts.draft_items import items_of
from market.policy.listing.policy_templates import template_of

COLUMN_FIELDS: Final = tuple(field.name for field in fields(DraftColumn))
_SEVERAL: Final = ("statistics", "columns")
_TEXTS: Final = tuple(one.name for one in fields(DraftContent) if one.name not in _SEVERAL)
_DEED: Final = re.compile(r"(save|add|(up|down|remove)-([0-9]{1,3})|template-([a-z]{1,20}))")

Form = dict[str, list[str]]


def content_of(form: Form) -> DraftContent:
    """What a draft's form says, complete or not.

    Raises:
        Refused: `form-malformed`: a field is missing, or a choice is none of those offered.
    """
    columns = [form.get(f"column_{name}", []) for name in COLUMN_FIELDS]
    missing = [name for name in _TEXTS if name not in form]
    if missing or len({len(values) for values in columns}) != 1:
        raise _malformed(f"Field {missing[0] if missing else 'column_name'} is not there")
    values: dict[str, Any] = {name: _lines(form[name][0]) for name in _TEXTS}
    values["statistics"] = list(dict.fromkeys(form.get("statistics", [])))
    values["columns"] = [
        dict(zip(COLUMN_FIELDS, map(_lines, row), strict=True))
        for row in zip(*columns, strict=True)
    ]
    try:
        return wire.from_json(DraftContent, values)
    except FormatError as error:
        raise _malformed(f"The draft cannot be kept: {error}") from error


def revision_of(form: Form) -> int:
    """The revision that the form was filled in on (raises Refused, `form-malformed`)."""
    text = (form.get("revision") or [""])[0]
    if not re.fullmatch("[1-9][0-9]{0,8}", text, re.ASCII):
        raise _malformed("Field revision is no revision")
    return int(text)


def done_to(content: DraftContent, form: Form) -> tuple[DraftContent, str]:
    """The content after what was pressed, and where on the page that is; by itself it is saving.

    Raises:
        Refused: `form-malformed`: nothing that can be pressed is called so.
    """
    pressed = _DEED.fullmatch((form.get("deed") or ["save"])[0])
    if pressed is None:
        raise _malformed("Field deed is none of what can be done")
    deed, move, place, template = pressed.groups()
    if template:
        try:
            return template_of(template).given_to(content), "policy"
        except ValueError as error:
            raise _malformed(f"Field deed: {error}") from error
    if deed == "add":
        return _added(content, (form.get("new_columns") or [""])[0])
    if move and int(place) < len(content.columns):
        return _MOVES[move](content, int(place))
    return content, ""


def _added(content: DraftContent, names: str) -> tuple[DraftContent, str]:
    """With a column more, or those whose names were given."""
    try:
        new = [DraftColumn(name=name) for name in items_of(names)] or [DraftColumn()]
        return replace(content, columns=(*content.columns, *new)), f"column-{len(content.columns)}"
    except ValueError as error:
        raise _malformed(f"The columns cannot be added: {error}") from error


def _swapped(content: DraftContent, place: int, other: int) -> tuple[DraftContent, str]:
    columns = list(content.columns)
    if 0 <= other < len(columns):
        columns[place], columns[other] = columns[other], columns[place]
    return replace(content, columns=tuple(columns)), f"column-{max(other, 0)}"


def _removed(content: DraftContent, place: int) -> tuple[DraftContent, str]:
    columns = (*content.columns[:place], *content.columns[place + 1 :])
    return replace(content, columns=columns), "columns"


_MOVES: Final[dict[str, Callable[[DraftContent, int], tuple[DraftContent, str]]]] = {
    "up": lambda content, place: _swapped(content, place, place - 1),
    "down": lambda content, place: _swapped(content, place, place + 1),
    "remove": _removed,
}


def _lines(text: str) -> str:
    """As it was typed, a browser's ends of lines aside."""
    return text.replace("\r\n", "\n")


def _malformed(what: str) -> Refused:
    return Refused("form-malformed", f"{what:.400}.", "Go back, load the page and save it again.")
