"""Steps over many columns at once: shown filled in and not saved yet, so that one is undone by
going back to what is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, get_args

from market.entities.draft import ColumnKind, DraftColumn
from market.errors import Refused
from market.owner.drafting.declarations import BegunDeclaration
from market.policy.drafts.code_book import with_code_book
from market.policy.drafts.several_columns import SAID, chosen_places, said_of_all

Form = Mapping[str, list[str]]

_NOBODY: Final = "No column that is taken is of that type or name."


@dataclass(frozen=True, slots=True)
class Step:
    """What a declaration is after a step.

    Attributes:
        changed: the names of the columns that it changed.
        told: what was not understood, a sentence each.
    """

    begun: BegunDeclaration
    changed: tuple[str, ...]
    told: tuple[str, ...]


def with_same_said(begun: BegunDeclaration, form: Form) -> Step:
    """The same said of all columns that are chosen (raises Refused, `form-malformed`)."""
    columns = _columns(begun)
    said = {name: (form.get(f"several_{name}") or [""])[0] for name in SAID}
    if said["kind"] not in get_args(ColumnKind):
        raise _malformed(f"{said['kind']!r:.40} is no type")
    group = (form.get("several_of") or ["none"])[0]
    try:
        chosen = chosen_places(columns, group, (form.get("several_names") or [""])[0])
    except ValueError as error:
        return Step(begun, (), (f"{str(error)[:200]}.",))
    taken = [place for place in chosen if place in begun.taken]
    for place in taken:
        columns[place] = said_of_all(columns[place], said)
    return _step(begun, columns, () if taken else (_NOBODY,))


def with_pasted_book(begun: BegunDeclaration, form: Form) -> Step:
    """What a pasted code book says."""
    applied = with_code_book(_columns(begun), (form.get("code_book") or [""])[0])
    return _step(begun, applied.columns, applied.told)


STEPS: Final[Mapping[str, Callable[[BegunDeclaration, Form], Step]]] = {
    "several": with_same_said,
    "code-book": with_pasted_book,
}
"""By what is pressed."""


def _columns(begun: BegunDeclaration) -> list[DraftColumn]:
    return [line.column for line in begun.lines]


def _step(begun: BegunDeclaration, columns: Sequence[DraftColumn], told: tuple[str, ...]) -> Step:
    pairs = list(zip(begun.lines, columns, strict=True))
    lines = tuple(replace(line, column=column) for line, column in pairs)
    changed = tuple(column.name for line, column in pairs if line.column != column)
    return Step(replace(begun, lines=lines), changed, told)


def _malformed(what: str) -> Refused:
    return Refused("form-malformed", f"{what}.", "Go back, load the page and save it again.")
