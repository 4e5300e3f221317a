"""What a draft's texts declare, as the records that a listing has: each part by itself.

The owner's client reads the declaration that it makes of a draft by the rules of a dataset.toml,
whatever is said here. This is for the portal, so that a draft is told what it lacks.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Final

from crypto.accounting import rho_for_epsilon
from crypto.canonical import Json
from crypto.errors import FormatError
from crypto.gaussian_profile import gaussian_rho_units
from market import wire
from market.entities.draft import DraftColumn, DraftContent
from market.plan.bins import equal_bins
from market.plan.dates import PARTS
from market.plan.decimals import decimal_text, fraction_of
from market.plan.factors import Product
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DateColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)
from market.plan.statistics import BY_KIND
from market.plan.written import check_written
from market.policy.drafts.draft_items import items_of, pairs_of
from market.records.listing import Policy, Population

NULL_RULES: Final = {
    "numeric": ("midpoint", "low", "high", "drop_row"),
    "categorical": ("level", "drop_row"),
    "boolean": ("false", "drop_row"),
    "date": ("other", "drop_row"),
}
"""What may become of a missing value, by the type of column; the first where nothing is said."""


def decimal_of(text: str) -> str:
    """A number as a plain decimal in text (raises ValueError)."""
    try:
        return decimal_text(Decimal(text.strip()))
    except InvalidOperation as error:
        raise ValueError(f"{text!r:.60} is not a number such as -12.5") from error


def whole_of(text: str) -> int:
    """A whole number (raises ValueError)."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        raise ValueError(f"{text!r:.60} is not a whole number such as 10000")
    return int(digits)


def cents_of(price: str) -> int:
    """A price of at most two decimals, in cents (raises ValueError)."""
    cents = Decimal(decimal_of(price)) * 100
    if cents != int(cents) or cents < 0:
        raise ValueError(f"{price!r:.60} is not an amount such as 12.50")
    return int(cents)


def separator_of(text: str) -> str | None:
    """The sign between a CSV's cells; None where nothing is said (raises ValueError)."""
    if not text.strip():
        return None
    sign = "\t" if text.strip() == "tab" else text.strip()
    if not separates(sign):
        raise ValueError(f"{text!r:.20} separates no cells, expected one sign such as ; or tab")
    return sign


def separates(sign: str) -> bool:
    """Whether a sign can stand between cells: it is none of numbers, names and quoted cells."""
    is_sign = len(sign) == 1 and sign.isascii() and sign.isprintable() and not sign.isalnum()
    return sign == "\t" or (is_sign and sign not in '"-+._ ')


def null_rule_of(column: DraftColumn) -> str:
    """The rule for a missing value (raises ValueError)."""
    rules = NULL_RULES[column.kind]
    if column.null and column.null not in rules:
        raise ValueError(f"{column.null!r:.40} is no rule for it, expected {', '.join(rules)}")
    return column.null or rules[0]


def written_of(column: DraftColumn, content: DraftContent) -> str:
    """How its cells are written; empty: as the market reads them (raises ValueError)."""
    if column.kind in ("", "categorical"):
        return ""
    written = column.written.strip()
    if written:
        check_written(column.kind, written)
        return written
    return "1234,5" if column.kind == "numeric" and content.decimal_comma == "yes" else ""


def bins_of(column: DraftColumn) -> tuple[str, ...]:
    """The edges that are listed, or those of so many bins of one width (raises ValueError)."""
    items = items_of(column.bins)
    if len(items) == 1:
        return equal_bins(decimal_of(column.low), decimal_of(column.high), whole_of(items[0]))
    return tuple(decimal_of(item) for item in items)


def references_of(column: DraftColumn) -> tuple[str, ...]:
    """What is publicly known of a column, as plain decimals (raises ValueError)."""
    return tuple(decimal_of(item) for item in items_of(column.reference))


def column_of(column: DraftColumn) -> Column:
    """The column of a schema (raises ValueError: it declares none yet)."""
    if not column.kind:
        raise ValueError("it has no type")
    kind = _COLUMNS[column.kind]
    values = {"name": column.name.strip(), "meaning": column.meaning.strip(), "tag": column.kind}
    further = _OF_KIND[column.kind](column)
    try:
        return wire.from_json(kind, {**values, **further})
    except FormatError as error:
        said = str(error).removeprefix(kind.__name__).lstrip(".: ")
        raise ValueError(said.removeprefix(f"column {values['name']}: ")) from error


def _numeric(column: DraftColumn) -> dict[str, Json]:
    references = references_of(column)
    if len(references) not in (0, 2):
        raise ValueError(f"{len(references)} reference values, expected a mean and a deviation")
    mean, deviation = references or (None, None)
    return {
        "low": decimal_of(column.low),
        "high": decimal_of(column.high),
        "unit": column.unit.strip(),
        "null": null_rule_of(column),
        "reference_mean": mean,
        "reference_sd": deviation,
        "bins": list(bins_of(column)),
        "only_summed": column.only_summed == "yes",
    }


def _categorical(column: DraftColumn) -> dict[str, Json]:
    return {
        "levels": list(items_of(column.levels)),
        "reference_shares": list(references_of(column)) or None,
        "only_summed": column.only_summed == "yes",
        "other": null_rule_of(column),
    }


def _boolean(column: DraftColumn) -> dict[str, Json]:
    return {"null": null_rule_of(column)}


def _date(column: DraftColumn) -> dict[str, Json]:
    return {
        "first": column.low.strip(),
        "last": column.high.strip(),
        "null": null_rule_of(column),
        "parts": list(items_of(column.levels) or PARTS),
        "only_summed": column.only_summed == "yes",
    }


_COLUMNS: Final[dict[str, type[Column]]] = {
    "numeric": NumericColumn,
    "categorical": CategoricalColumn,
    "boolean": BooleanColumn,
    "date": DateColumn,
}
_OF_KIND: Final[dict[str, Callable[[DraftColumn], dict[str, Json]]]] = {
    "numeric": _numeric,
    "categorical": _categorical,
    "boolean": _boolean,
    "date": _date,
}


def unit_of(content: DraftContent) -> PrivacyUnit:
    """Whose privacy is protected (raises ValueError)."""
    column = content.unit_column.strip() or None
    return PrivacyUnit(column, whole_of(content.unit_max_rows), content.unit_meaning.strip())


def population_of(content: DraftContent) -> Population:
    """Who is not in the table (raises ValueError)."""
    return Population(tuple(sorted(items_of(content.distinct_from))))


def schema_of(content: DraftContent) -> Schema:
    """The whole schema (raises ValueError)."""
    pairs = [sorted(pair) for pair in pairs_of(content.products)]
    return Schema(
        content.dataset.strip(),
        tuple(column_of(column) for column in content.columns),
        unit_of(content),
        whole_of(content.capacity_rows),
        tuple(Product(left, right) for left, right in pairs),
    )


def statistics_of(content: DraftContent, columns: tuple[Column, ...]) -> tuple[str, ...]:
    """The kinds that are sold: those named, else all that the columns can answer."""
    if content.statistics:
        return content.statistics
    return tuple(
        kind
        for kind, node in BY_KIND.items()
        if any(True for _ in islice(node.examples(columns), 1))
    )


def policy_of(content: DraftContent, statistics: tuple[str, ...]) -> Policy:
    """The policy (raises ValueError)."""
    delta = decimal_of(content.delta)
    exact = fraction_of(delta)

    def epsilon(text: str) -> str:
        if fraction_of(value := decimal_of(text)) <= 0:
            raise ValueError(f"epsilon is {text!r:.40}, expected above 0")
        return value

    def gaussian(text: str) -> int:
        return gaussian_rho_units(fraction_of(epsilon(text)), exact)

    total = content.total_epsilon.strip()
    return Policy(
        rho_for_epsilon(fraction_of(epsilon(content.budget_epsilon)), exact),
        gaussian(content.buyer_epsilon),
        gaussian(content.job_epsilon),
        delta,
        statistics,
        content.access or "request",
        content.approval or "manual",
        content.recomputation == "yes",
        cents_of(content.price),
        rho_for_epsilon(fraction_of(epsilon(total)), exact) if total else None,
    )
