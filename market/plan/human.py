"""The human reader: what exactly will be opened, in the owner's words.

What comes from the buyer (names of statistics) is escaped and stands in guillemets, so nothing they
write can pass for the program's own text. The owner's meanings and units stand in their own script,
without the guillemets.

    Asked
      «average»: mean of visits
    Opened: 2 sums over all rows, each with gaussian noise, and nothing else
      1. number of rows
      2. sum of visits (doctor visits, in visits per year; clipped to 0..77, then
         scaled to -1..1)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from market.plan.factors import Indicator, Moment, variables_of
from market.plan.lowered import Lowered
from market.plan.moments import Opened
from market.plan.notation import level_in_words
from market.plan.plan import Plan
from market.plan.plural import counted, plural
from market.plan.schema import BooleanColumn, NumericColumn, Schema
from market.plan.text import unreadable

_LONGEST_TEXT = 200


def describe(lowered: Lowered) -> str:
    """Lines to show before anyone signs or approves."""
    return "\n".join(_lines(lowered.plan, lowered.schema, lowered.opened))


def buyers_text(text: str) -> str:
    """Text a buyer chose: printable ASCII only, in guillemets it cannot close."""
    return f"«{_escaped(_cut(text))}»"


def owners_text(text: str) -> str:
    """Text an owner chose: as it reads; what nobody sees, guillemets, backslashes are escaped."""
    return "".join(char if _is_plain(char) else _escaped(char) for char in _cut(text))


def _is_plain(char: str) -> bool:
    return char.isprintable() and not unreadable(char) and char not in "«»\\"


def _escaped(text: str) -> str:
    return text.encode("unicode_escape").decode("ascii")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}... (cut)"


def _lines(plan: Plan, schema: Schema, opened: Sequence[Opened]) -> Iterator[str]:
    unit = schema.privacy_unit
    datasets = ", ".join(plan.datasets)
    each = " each" if len(plan.datasets) > 1 else ""
    schemas = owners_text(schema.name)
    yield f"Dataset: {datasets} ({schemas}), at most {schema.capacity_rows:,} rows{each}"
    rows = f"{'' if unit.max_rows == 1 else 'at most '}{counted(unit.max_rows, 'row')}"
    yield f"Protected: {owners_text(unit.meaning)}, {rows} each"
    yield "Asked (names in «» are the buyer's)"
    for named in plan.statistics:
        share = "" if named.share == 1 else f", {named.share} shares of the budget"
        yield f"  {buyers_text(named.name)}: {named.statistic.words}{share}"
    sums, each_with = counted(len(opened), "sum"), plural(len(opened), "with", "each with")
    yield f"Opened: {sums} over all rows, {each_with} {plan.law} noise, and nothing else"
    for number, one in enumerate(opened, start=1):
        yield f"  {number}. {_opened(one, schema)}"


def _opened(opened: Opened, schema: Schema) -> str:
    if opened.is_moment:
        return _moment(opened.terms[0][1], schema)
    terms = (f"{weight} x {_moment(moment, schema)}" for weight, moment in opened.terms)
    return f"in one: {'; '.join(terms)}"


def _moment(moment: Moment, schema: Schema) -> str:
    variables = [variable for factor in moment for variable in variables_of(factor)]
    levels = [variable for variable in variables if isinstance(variable, Indicator)]
    others = [
        _column(variable.column, schema)
        for variable in variables
        if not isinstance(variable, Indicator)
    ]
    what = f"sum of {' times '.join(others)}" if others else "number of rows"
    if not levels:
        return what
    where = " and ".join(level_in_words(one.column, one.level) for one in levels)
    return f"{what}, over the rows where {where}" if others else f"{what} where {where}"


def _column(name: str, schema: Schema) -> str:
    match schema.column(name):
        case NumericColumn(low=low, high=high, unit=unit, meaning=meaning):
            measured = f", in {owners_text(unit)}" if unit else ""
            bounds = f"clipped to {low}..{high}, then scaled to -1..1"
            return f"{name} ({owners_text(meaning)}{measured}; {bounds})"
        case BooleanColumn(meaning=meaning):
            return f"{name} ({owners_text(meaning)}; 1 if true)"
        case _:
            return name
