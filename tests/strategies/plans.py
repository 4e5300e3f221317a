"""Random schemas, tables and plans, and the answers computed the plain way."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, get_args

import pandas as pd
from hypothesis import strategies as st

from market.errors import Refused
from market.plan.category import Category
from market.plan.dataset import Dataset
from market.plan.date_parts import DateParts
from market.plan.decimals import decimal_text
from market.plan.expression import Expression
from market.plan.factors import Product
from market.plan.plan import NamedStatistic, Plan
from market.plan.quantity import Quantity
from market.plan.schema import (
    OTHER,
    BooleanColumn,
    CategoricalColumn,
    Column,
    DateColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
    keys_of,
)
from market.plan.statistics import BY_KIND, Count, Statistic
from market.plan.statistics.contract import ALL_ROWS

Row = dict[str, object]

# A busy machine draws slowly; that says nothing about the code.
LEVELS = ("a", "18–24 (young)", "Zürich/Süd", "d e+f")
KINDS = tuple(BY_KIND)
DAYS = ("2019-12-30", "2020-01-01T23:30", "2020-02-29", "2020-03-01", "1999-01-01", "30.1.2020")


@st.composite
def numeric_columns(draw: st.DrawFn, name: str) -> NumericColumn:
    low = draw(st.integers(-50, 50))
    width = draw(st.sampled_from((1, 7, 60)))
    reference = draw(st.booleans())
    bins = st.sampled_from(((), (0, 0.5, 1), (0, 0.125, 0.25, 1)))
    return NumericColumn(
        name,
        decimal_text(low),
        decimal_text(low + width),
        meaning=f"meaning of {name}",
        unit="points",
        null=draw(st.sampled_from(("midpoint", "low", "high", "drop_row"))),
        reference_mean=decimal_text(low + width / 4) if reference else None,
        reference_sd=decimal_text(width / 8) if reference else None,
        bins=tuple(decimal_text(low + width * part) for part in draw(bins)),
    )


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """Two numeric columns, one or two categorical ones, a boolean, often a date, some products."""
    numeric = [draw(numeric_columns("x")), draw(numeric_columns("y"))]
    levels = st.lists(st.sampled_from(LEVELS), min_size=1, max_size=3, unique=True)
    others = st.sampled_from(("level", "level", "drop_row"))
    keys = [CategoricalColumn("g", tuple(draw(levels)), "a group", other=draw(others))]
    if draw(st.booleans()):
        keys.append(
            CategoricalColumn("h", tuple(draw(levels)), "another group", other=draw(others))
        )
    flag = BooleanColumn("flag", "a flag", draw(st.sampled_from(("false", "drop_row"))))
    parts = st.sampled_from(((), ("weekday",), ("year", "month")))
    dates = [
        DateColumn("day", "2019-02-27", "2020-02-29", "a day", null, chosen)
        for null, chosen in [(draw(st.sampled_from(("other", "drop_row"))), draw(parts))]
        if chosen
    ]
    pairs = [("x", "x"), ("x", "y"), ("y", "y"), ("g", "x"), ("flag", "y"), ("flag", "g")]
    products = [Product(left, right) for left, right in pairs]
    products += [Product("g", "h")] if len(keys) == 2 else []
    products += [Product("g", "x.bin")] if numeric[0].bins else []
    chosen = draw(st.lists(st.sampled_from(products), unique=True))
    by_row = draw(st.booleans())
    unit = PrivacyUnit(
        None if by_row else "person", 1 if by_row else draw(st.integers(1, 3)), "a person"
    )
    return Schema(
        "sample",
        (*numeric, *keys, flag, *dates),
        unit,
        draw(st.sampled_from((5, 25, 4_000))),
        tuple(chosen),
    )


@st.composite
def tables(draw: st.DrawFn, schema: Schema) -> list[Row]:
    """Rows with values beyond bounds, nulls and undeclared levels."""
    number = st.one_of(
        st.integers(-80, 130), st.floats(-80, 130), st.sampled_from((None, math.nan, math.inf))
    )
    values: dict[str, st.SearchStrategy[object]] = {
        "x": number,
        "y": number,
        "g": st.sampled_from((*LEVELS, None, "unheard of")),
        "h": st.sampled_from((*LEVELS, None)),
        "flag": st.sampled_from((True, False, None)),
        "day": st.sampled_from((*DAYS, None)),
        "person": st.sampled_from(("p1", "p2", "p3", "p4", "p5", None)),
    }
    names = [column.name for column in schema.columns]
    names += [schema.privacy_unit.column] if schema.privacy_unit.column else []
    rows = draw(
        st.lists(st.fixed_dictionaries({n: values[n] for n in names}), min_size=0, max_size=30)
    )
    # A column in which nothing at all can be read is refused, so one row is readable.
    plain = {"x": 1.0, "y": 2.0, "g": LEVELS[0], "h": LEVELS[0], "flag": True, "person": "p0"}
    return [{n: {**plain, "day": DAYS[0]}[n] for n in names}, *rows]


def as_columns(rows: list[Row]) -> dict[str, list[object]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


@st.composite
def linear(draw: st.DrawFn, ds: Dataset) -> Quantity:
    """A constant plus one to three weighted columns or indicators."""
    weight = st.integers(-4, 4).filter(bool)
    total: Quantity | int = draw(st.integers(-5, 5))
    for name in draw(st.lists(st.sampled_from(ds.columns), min_size=1, max_size=3)):
        face = ds[name]
        if isinstance(face, DateParts):
            name = draw(st.sampled_from(keys_of(face.column)))
            face = ds[name]
        if isinstance(face, Category):
            face = face == draw(st.sampled_from(ds.levels(name)))
        total = draw(weight) * face + total
    assert isinstance(total, Quantity)
    return total


@st.composite
def questions(draw: st.DrawFn, schema: Schema) -> Statistic:
    """Any statistic that the schema answers, by its examples: of expressions, where it takes them.

    What the engine or the statistic refuses of a drawn expression, is asked of a plain column.
    """
    at = KINDS.index(draw(st.sampled_from(KINDS)))
    # From there on the first of which an example is answered: most are answered themselves.
    examples = (_answered(kind, schema) for kind in (*KINDS[at:], *KINDS[:at]))
    plain = draw(st.sampled_from(next(some for some in examples if some)))
    ds = Dataset(schema)
    one, other = draw(linear(ds)), draw(linear(ds))
    drawn = draw(st.sampled_from((one, one * other)))
    tried = (_asked_of(plain, drawn.expression()), _asked_of(plain, one.expression()), plain)
    return next(asked for asked in tried if is_answered(asked, schema))


@lru_cache(maxsize=1_024)
def _answered(kind: str, schema: Schema) -> list[Statistic]:
    """The kind's examples that a schema answers: a plan asks several."""
    return [one for one in BY_KIND[kind].examples(schema.columns) if is_answered(one, schema)]


def is_answered(statistic: Statistic, schema: Schema) -> bool:
    try:
        statistic.over(ALL_ROWS, schema)
    except Refused:
        return False
    return True


def _asked_of(node: Any, expression: Expression) -> Any:
    """The same statistic, its first expression another: those of a statistic inside it too."""
    for field in fields(node):
        part = getattr(node, field.name)
        if isinstance(part, get_args(Expression)):
            return replace(node, **{field.name: expression})
        if is_dataclass(part):
            return replace(node, **{field.name: _asked_of(part, expression)})
    return node


@st.composite
def plans(draw: st.DrawFn, schema: Schema) -> Plan:
    asked = [*draw(st.lists(questions(schema), min_size=0, max_size=4)), Count()]
    shares = st.integers(1, 5)
    law = draw(st.sampled_from(("gaussian", "laplace")))
    return Plan(
        3,
        ("visits",),
        law,
        tuple(
            NamedStatistic(f"s{number}", draw(shares), question)
            for number, question in enumerate(asked)
        ),
    )


@dataclass(frozen=True, slots=True)
class Case:
    """A schema, a table that fits it, and a plan."""

    schema: Schema
    rows: list[Row]
    plan: Plan


@st.composite
def cases(draw: st.DrawFn) -> Case:
    schema = draw(schemas())
    return Case(schema, draw(tables(schema)), draw(plans(schema)))


def clean_frame(rows: list[Row], schema: Schema) -> pd.DataFrame:
    """The rows that are encrypted, in the owner's units: the schema's rules, one row at a time."""
    kept: list[Row] = []
    seen: dict[object, int] = {}
    for row in rows:
        clean = _clean_row(row, schema)
        unit = row[schema.privacy_unit.column] if schema.privacy_unit.column else len(seen)
        if clean is None or unit is None:
            continue
        seen[unit] = seen.get(unit, 0) + 1
        if seen[unit] <= schema.privacy_unit.max_rows and len(kept) < schema.capacity_rows:
            kept.append(clean)
    return pd.DataFrame(kept, columns=[name for c in schema.columns for name in _cells_of(c)])


def _cells_of(column: Column) -> tuple[str, ...]:
    """What a clean frame has of a column."""
    number = (column.name,) if isinstance(column, NumericColumn) else ()
    return (*number, *keys_of(column))


def _clean_row(row: Row, schema: Schema) -> Row | None:
    clean: Row = {}
    for column in schema.columns:
        value = row[column.name]
        null = value is None or (isinstance(value, float) and math.isnan(value))
        if isinstance(column, CategoricalColumn):
            if value not in column.levels and column.other == "drop_row":
                return None
            clean[column.name] = value if value in column.levels else OTHER
        elif isinstance(column, DateColumn):
            day = _day(value)
            if day is None and column.null == "drop_row":
                return None
            clean |= {key: _part(key, day, column) for key in keys_of(column)}
        elif null and column.null == "drop_row":
            return None
        elif isinstance(column, BooleanColumn):
            clean[column.name] = 0.0 if null else float(bool(value))
        else:
            low, high = float(column.low), float(column.high)
            rule = {"midpoint": (low + high) / 2, "low": low, "high": high, "drop_row": low}
            clean[column.name] = rule[column.null] if null else min(max(float(value), low), high)
            if column.bins:
                clean[f"{column.name}.bin"] = _bin(clean[column.name], column.bins)
    return clean


def _day(value: object) -> datetime.date | None:
    """The day of a text, if it is ISO 8601."""
    try:
        return datetime.datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None


def _part(key: str, day: datetime.date | None, column: DateColumn) -> str:
    if day is None or not column.first <= day.isoformat() <= column.last:
        return OTHER
    parts = {"year": f"{day:%Y}", "month": f"{day.month}", "weekday": f"{day:%A}"}
    return parts[key.partition(".")[2]]


def _bin(value: Any, edges: Sequence[str]) -> str:
    below = sum(value >= float(edge) for edge in edges[1:-1])
    end = "]" if below == len(edges) - 2 else ")"
    return f"[{edges[below]}, {edges[below + 1]}{end}"
