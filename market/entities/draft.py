"""Drafts of listings: what an owner means to declare, as far as they have typed it.

A draft is texts, each as it was typed, complete or not: no table, no key, and no value that was
read off rows. An owner's client takes it up by its number, judges it by the rules of a
dataset.toml (market.owner.declaration.describe), and signs what its person agrees to; the platform
signs nothing of it.

As a document a draft is JSON, an object of the members of `DraftContent`, none left out but those
that drafts have not always had, which are empty then: texts, but for `statistics`, a list of texts,
and `columns`, a list of objects of the members of `DraftColumn`. Where a text holds several items
they stand between commas, an item with a comma in it in double quotes
(market.policy.drafts.draft_items).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from crypto import canonical
from market import wire

ColumnKind = Literal["", "numeric", "categorical", "boolean", "date"]
Choice = Literal["", "yes", "no"]

MOST_DRAFTS: Final = 100
"""Of one organisation."""
MOST_DRAFT_BYTES: Final = 128 * 1024
"""Of one draft as a document."""
MOST_DRAFT_COLUMNS: Final = 256
_SINCE_THEN: Final = {"separator": "", "sold_alone": "", "unions": ""}
"""Members that drafts of before do not have."""
_OF_SIGN: Final = {"": "", ".": "1234.5", ",": "1234,5"}
"""How numbers are written, by the `decimal` that columns of before have for it."""


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """One column as far as it was typed.

    Attributes:
        header: what stands above it in the file, where its name does not tell.
        low: a number's lower bound, or a date's first day; `high` the upper bound, the last day.
        levels: a category's, or a date's parts (all three where none is named).
        missing: codes in the file that say that nothing is there.
        bins: how many of one width, or all their edges.
        null: the rule for a missing value; of a category whether others than its levels count as
            OTHER ("level") or leave their row out ("drop_row").
        reference: a number's mean and standard deviation, or the levels' shares, of public
            knowledge.
        only_summed: whether its levels are counted and nothing else; empty leaves it to how many
            there are.
        written: how its cells are written (market.plan.written), where it is otherwise than the
            market reads them, or than the file's other numbers.
    """

    name: str = ""
    header: str = ""
    kind: ColumnKind = ""
    meaning: str = ""
    low: str = ""
    high: str = ""
    unit: str = ""
    levels: str = ""
    missing: str = ""
    bins: str = ""
    null: str = ""
    reference: str = ""
    only_summed: Choice = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class DraftContent:
    """A whole declaration as far as it was typed; the names are those of a dataset.toml.

    Attributes:
        unit_column: the column with the id of whose privacy is protected; empty where a row is.
        distinct_from: datasets of the owner of which nobody is in this one.
        statistics: the kinds that are sold; none named: all that the columns can answer.
        price: of a job, such as `12.50`.
        products: pairs of columns whose products are encrypted besides, such as `age age`.
        decimal_comma: whether numbers in the file are written with a comma, as in 3,5.
        separator: of a CSV file, one sign or `tab`; empty where the columns' names tell it.
        sold_alone: whether it may be asked by itself; empty is yes.
        unions: with whose datasets together it may be asked (market.policy.drafts.draft_unions).
    """

    dataset: str = ""
    title: str = ""
    summary: str = ""
    provenance: str = ""
    licence: str = ""
    terms: str = ""
    capacity_rows: str = ""
    unit_column: str = ""
    unit_header: str = ""
    unit_missing: str = ""
    unit_meaning: str = ""
    unit_max_rows: str = "1"
    distinct_from: str = ""
    budget_epsilon: str = ""
    buyer_epsilon: str = ""
    job_epsilon: str = ""
    delta: str = "0.000001"
    statistics: tuple[str, ...] = ()
    access: Literal["", "open", "request", "invitation"] = ""
    approval: Literal["", "automatic", "manual"] = ""
    recomputation: Choice = ""
    price: str = ""
    epoch: str = "1"
    total_epsilon: str = ""
    encrypted_for: Literal["", "sums", "products"] = ""
    products: str = ""
    decimal_comma: Choice = ""
    separator: str = ""
    sold_alone: Choice = ""
    unions: str = ""
    columns: tuple[DraftColumn, ...] = ()

    def __post_init__(self) -> None:
        if len(self.columns) > MOST_DRAFT_COLUMNS:
            raise ValueError(
                f"columns: {len(self.columns)} of them, expected at most {MOST_DRAFT_COLUMNS}"
            )

    def document(self) -> str:
        """The draft as it is kept and sent."""
        return wire.encode(self).decode()


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A client of the user `by` has taken a revision up, to encrypt and sign it (unix seconds)."""

    by: str
    at: int
    revision: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft of an organisation. `revision` counts its changes, from 1; times are unix seconds."""

    number: int
    organisation: str
    content: DraftContent
    revision: int
    started_by: str
    started_at: int
    saved_by: str
    saved_at: int
    taken: TakenUp | None = None

    @property
    def shown_title(self) -> str:
        """What it is called in lists."""
        return self.content.title.strip() or self.content.dataset.strip() or "Without a title"


def read_draft_document(text: str) -> DraftContent:
    """The content of a draft's document.

    Raises:
        FormatError: it is none, naming the member that does not fit.
    """
    value = canonical.parse(text.encode(), limit_bytes=MOST_DRAFT_BYTES)
    return wire.from_json(DraftContent, completed_content(value))


def completed_content(value: Any) -> Any:
    """The JSON of a draft's content with all members that drafts have by now."""
    if not isinstance(value, dict):
        return value
    columns = value.get("columns")
    if isinstance(columns, list):
        value = {**value, "columns": [completed_column(column) for column in columns]}
    return {**_SINCE_THEN, **value}


def completed_column(value: Any) -> Any:
    """The JSON of one column, likewise."""
    if not isinstance(value, dict):
        return value
    sign = value.get("decimal", "")
    if not isinstance(sign, str) or sign not in _OF_SIGN:
        return value
    return {
        "written": _OF_SIGN[sign],
        **{name: one for name, one in value.items() if name != "decimal"},
    }
