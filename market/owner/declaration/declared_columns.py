"""The columns of a declaration: what they mean (the schema, which is signed), and where they stand
in the file (the layout, which stays with the owner)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from market import wire
from market.owner.declaration.declared_values import (
    built,
    check_keys,
    day_of,
    decimal_of,
    integer_of,
    listed,
    table_of,
)
from market.owner.table.layout import LAYOUT_KEYS, Layout, separator_of, source_of
from market.plan.bins import equal_bins
from market.plan.cells import cell_key, number_key
from market.plan.factors import Product
from market.plan.schema import (
    ONLY_SUMMED_LEVELS,
    OTHER,
    BooleanColumn,
    Column,
    NumericColumn,
    Schema,
)
from market.tables.person import person_in

_COLUMNS: Final[Mapping[str, Mapping[str, Any]]] = {
    "numeric": {
        "low": None,
        "high": None,
        "unit": "",
        "null": None,
        "reference_mean": "",
        "reference_sd": "",
        "bins": "",
        "only_summed": False,
    },
    "categorical": {
        "levels": None,
        "reference_shares": "",
        "only_summed": False,
        "other": "level",
    },
    "boolean": {"null": None},
    "date": {"first": None, "last": None, "null": None, "parts": None, "only_summed": False},
}
"""Further keys of a column by type; None means required."""
_LAYOUT_KEYS: Final = {
    "numeric": (*LAYOUT_KEYS, "decimal", "written"),
    "boolean": (*LAYOUT_KEYS, "written"),
    "date": (*LAYOUT_KEYS, "written"),
}
_DECIMALS: Final = frozenset({"low", "high", "reference_mean", "reference_sd"})


def schema_of(
    values: Mapping[str, Any], dataset: str, *, most_multiplied: int | None = ONLY_SUMMED_LEVELS
) -> Schema:
    """The schema of a declaration. Raises ValueError, naming the key.

    A column that does not say whether it is only summed is so where a key of it has more than
    `most_multiplied` levels.
    """
    unit = dict(table_of(values, "privacy_unit"))
    optional = ("column", *LAYOUT_KEYS)
    check_keys("privacy_unit.", unit, (*optional, "max_rows", "meaning"), optional=optional)
    if named := [key for key in LAYOUT_KEYS if key in unit and "column" not in unit]:
        raise ValueError(f"privacy_unit.{named[0]} is for a column, but there is no column")
    columns = listed("columns", values["columns"])
    products = listed("products", values.get("products", []))
    schema = built(
        Schema,
        "",
        {
            "name": dataset,
            "columns": [_column(f"columns[{i}].", column) for i, column in enumerate(columns)],
            "privacy_unit": {key: unit.get(key) for key in ("column", "max_rows", "meaning")},
            "capacity_rows": values["capacity_rows"],
            "products": [
                wire.to_json(_product(f"products[{i}]", pair)) for i, pair in enumerate(products)
            ],
        },
    )
    if most_multiplied is None:
        return schema
    settled = (
        column if "only_summed" in said else _summed_above(most_multiplied, column)
        for column, said in zip(schema.columns, columns, strict=True)
    )
    return replace(schema, columns=tuple(settled))


def layout_of(values: Mapping[str, Any], schema: Schema) -> Layout:
    """Where the columns of the schema stand in the file. Raises ValueError, naming the key."""
    unit = schema.privacy_unit.column
    return Layout(
        tuple(
            source_of(
                f"columns[{place}].",
                column.name,
                declared,
                number_key if isinstance(column, NumericColumn) else cell_key,
            )
            for place, (column, declared) in enumerate(
                zip(schema.columns, values["columns"], strict=True)
            )
        ),
        None
        if unit is None
        else source_of("privacy_unit.", unit, values["privacy_unit"], person_in),
        separator_of(values),
    )


def _summed_above(most_multiplied: int, column: Column) -> Column:
    """The column, only summed where a key of it has more levels than that, OTHER aside."""
    widths = (len({*levels} - {OTHER}) for levels in column.levels_by_key.values())
    if isinstance(column, BooleanColumn) or max(widths, default=0) <= most_multiplied:
        return column
    return replace(column, only_summed=True)


def _column(path: str, values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise ValueError(f"{path[:-1]} is not a table")
    kind = values.get("type")
    if not isinstance(kind, str) or kind not in _COLUMNS:
        raise ValueError(f"{path}type is {kind!r:.80}, expected one of {', '.join(_COLUMNS)}")
    further = _COLUMNS[kind]
    optional = tuple(name for name, default in further.items() if default is not None)
    of_file = _LAYOUT_KEYS.get(kind, LAYOUT_KEYS)
    known = ("name", "type", "meaning", *further, *of_file)
    check_keys(path, values, known, optional=(*optional, *of_file))
    column: dict[str, Any] = {"name": values["name"], "meaning": values["meaning"], "tag": kind}
    for name, default in further.items():
        value = values.get(name, default)
        column[name] = decimal_of(f"{path}{name}", value) if name in _DECIMALS else value
    for name in ("reference_mean", "reference_sd", "reference_shares"):
        if name in column:
            column[name] = column[name] or None
    if shares := column.get("reference_shares"):
        where = f"{path}reference_shares"
        column["reference_shares"] = [decimal_of(where, share) for share in listed(where, shares)]
    if kind == "numeric":
        column["bins"] = _bins(f"{path}bins", column["bins"] or [], column["low"], column["high"])
    if kind == "date":
        column.update({end: day_of(f"{path}{end}", column[end]) for end in ("first", "last")})
    return column


def _bins(path: str, value: Any, low: str, high: str) -> list[str]:
    """The edges that are listed, or those of so many bins of one width between the bounds."""
    if not isinstance(value, dict):
        return [decimal_of(path, edge) for edge in listed(path, value)]
    check_keys(f"{path}.", value, ("count",), optional=())
    try:
        return list(equal_bins(low, high, integer_of(f"{path}.count", value["count"])))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _product(path: str, pair: Any) -> Product:
    if not (isinstance(pair, list) and len(pair) == 2 and all(type(p) is str for p in pair)):
        raise ValueError(f"{path} is {pair!r:.80}, expected a pair of column names")
    left, right = sorted(pair)
    return Product(left, right)
