"""The human reader: what exactly will be opened, in the owner's words.

What comes from the buyer (names of statistics) is escaped and stands in guillemets, so nothing he
writes can pass for the program's own text; the owner's meanings and units are escaped too.

    Asked
      «average»: mean of visits
    Opened: 2 sums over all rows, each with gaussian noise, and nothing else
      1. number of rows
      2. sum of visits (doctor visits, in visits per year; clipped to 0..77, then
         scaled to -1..1)
"""

from __future__ import annotations

from collections.abc import Iterator

from market.plan.expression import (
    Add,
    Column,
    Constant,
    Correlation,
    Count,
    Covariance,
    Expression,
    GroupBy,
    Histogram,
    Level,
    Mean,
    Multiply,
    Plan,
    Statistic,
    Sum,
    Variance,
)
from market.plan.loss import rho_text, shown_epsilon
from market.plan.moments import Output, plan_outputs
from market.plan.privacy import Quote
from market.plan.schema import VALIDITY, CategoricalColumn, NumericColumn, Schema

_LONGEST_TEXT = 200
_LONGEST_EXPRESSION = 400


def describe(plan: Plan, schema: Schema, quote: Quote | None = None) -> str:
    """Lines to show before anyone signs or approves.

    Raises:
        Refused: the plan does not fit the schema.
    """
    return "\n".join(_lines(plan, schema, quote))


def describe_statistic(statistic: Statistic) -> str:
    """One statistic in words, by the owner's column names."""
    match statistic:
        case Count():
            return "number of rows"
        case Histogram(column=column):
            return f"number of rows at each level of {column}"
        case GroupBy(column=column, statistic=inner):
            return f"{describe_statistic(inner)}, at each level of {column}"
        case Sum(of=of) | Mean(of=of) | Variance(of=of):
            return f"{statistic.tag} of {describe_expression(of)}"
        case Covariance(left=left, right=right) | Correlation(left=left, right=right):
            pair = f"{describe_expression(left)} with {describe_expression(right)}"
            return f"{statistic.tag} of {pair}"


def describe_expression(expression: Expression) -> str:
    """An expression in the usual notation, cut when it is long."""
    text = _formula(expression)
    return text if len(text) <= _LONGEST_EXPRESSION else f"{text[:_LONGEST_EXPRESSION]}... (cut)"


def buyers_text(text: str) -> str:
    """Text a buyer chose: printable ASCII only, in guillemets it cannot close."""
    return f"«{escaped(text)}»"


def escaped(text: str) -> str:
    """Printable ASCII; anything else becomes \\uXXXX, and long text is cut."""
    cut = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}... (cut)"
    return cut.encode("unicode_escape").decode("ascii")


def _lines(plan: Plan, schema: Schema, quote: Quote | None) -> Iterator[str]:
    outputs = plan_outputs(plan, schema)
    unit = schema.privacy_unit
    yield f"Dataset: {escaped(schema.name)}, at most {schema.capacity_rows} rows"
    rows = "1 row" if unit.max_rows == 1 else f"at most {unit.max_rows} rows"
    yield f"Protected: {escaped(unit.meaning)}, {rows} each"
    yield "Asked (names in «» are the buyer's)"
    for named in plan.statistics:
        share = "" if named.share == 1 else f", {named.share} shares of the budget"
        yield f"  {buyers_text(named.name)}: {describe_statistic(named.statistic)}{share}"
    yield (
        f"Opened: {len(outputs)} sums over all rows, each with {plan.law} noise, and nothing else"
    )
    for number, output in enumerate(outputs, start=1):
        yield f"  {number}. {_opened(output, schema)}"
    if quote is not None:
        epsilon = f"epsilon {shown_epsilon(quote.epsilon)} at delta {quote.delta}"
        yield f"Cost: rho {rho_text(quote.rho_units)}, together {epsilon}"


def _opened(output: Output, schema: Schema) -> str:
    if output.columns == (VALIDITY,):
        return "number of rows"
    levels = [column for column in output.columns if "=" in column]
    others = [column for column in output.columns if "=" not in column and column != VALIDITY]
    where = " and ".join(
        f'{name.partition("=")[0]} is "{name.partition("=")[2]}"' for name in levels
    )
    what = f"sum of {' times '.join(_encoded(name, schema) for name in others)}"
    if not others:
        return f"number of rows where {where}"
    return f"{what}, over the rows where {where}" if levels else what


def _encoded(name: str, schema: Schema) -> str:
    return " times ".join(_column(factor, schema) for factor in name.split("*"))


def _column(name: str, schema: Schema) -> str:
    column = schema.column(name)
    if isinstance(column, NumericColumn):
        unit = f", in {escaped(column.unit)}" if column.unit else ""
        bounds = f"clipped to {column.low}..{column.high}, then scaled to -1..1"
        return f"{name} ({escaped(column.meaning)}{unit}; {bounds})"
    if column is None or isinstance(column, CategoricalColumn):
        return name
    return f"{name} ({escaped(column.meaning)}; 1 if true)"


def _formula(expression: Expression) -> str:
    match expression:
        case Column(name=name):
            return name
        case Constant(value=value):
            return value
        case Level(column=column, level=level):
            return f'[{column} is "{level}"]'
        case Add(left=left, right=right):
            return f"({_formula(left)} + {_formula(right)})"
        case Multiply(left=left, right=right):
            return f"{_formula(left)} * {_formula(right)}"
