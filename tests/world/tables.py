"""Small tables of an owner: a declaration and a file, read as `publish` reads them."""

from __future__ import annotations

from pathlib import Path

from market.owner.declaration.describe import Declaration, parse_declaration
from market.owner.table.read_table import open_table
from market.owner.table.survey import TableReport, survey
from market.owner.table.table_file import TableFile
from market.tables.coded_rows import RowQueue, padded
from market.tables.contributions import CountedInMemory
from market.tables.encode import Encoder
from market.tables.table import Floats

_DECLARATION = """\
dataset = "table"
title = "t"
summary = "s"
provenance = "p"
licence = "l"
terms = "t"
capacity_rows = 100
{top}
[privacy_unit]
{unit}max_rows = 1
meaning = "a person"
{columns}
[policy]
budget_epsilon = 8
buyer_epsilon = 8
job_epsilon = 4
delta = "0.000001"
statistics = ["count", "sum", "mean"]
access = "open"
approval = "automatic"
recomputation = true
price_cents = 0
"""


def numeric(name: str, low: object = 0, high: object = 100, further: str = "") -> str:
    return _column(name, "numeric", f'low = {low}\nhigh = {high}\nnull = "midpoint"\n{further}')


def categorical(name: str, levels: list[str], further: str = "") -> str:
    # Every text of these tests is written alike in Python and TOML's literal strings.
    listed = ", ".join(f"'''{level}'''" for level in levels)
    return _column(name, "categorical", f"levels = [{listed}]\n{further}")


def boolean(name: str, further: str = "") -> str:
    return _column(name, "boolean", f'null = "false"\n{further}')


def declared(*columns: str, unit: str = "", top: str = "") -> Declaration:
    return parse_declaration(_DECLARATION.format(columns="".join(columns), unit=unit, top=top))


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def opened(path: Path, declaration: Declaration) -> TableFile:
    return open_table(path, declaration.layout)


def report(path: Path, declaration: Declaration) -> TableReport:
    return survey(opened(path, declaration), declaration.schema, CountedInMemory())


def encrypted_input(path: Path, declaration: Declaration) -> dict[str, Floats]:
    """What would be encrypted: every encoded column, padded to the capacity."""
    schema = declaration.schema
    encoder = Encoder(schema, CountedInMemory())
    rows = map(encoder.encode, opened(path, declaration).batches())
    block = RowQueue(schema, rows).take(schema.capacity_rows)
    return {f.id: padded(block.encoded(f), schema.capacity_rows) for f in schema.factors}


def _column(name: str, kind: str, rest: str) -> str:
    return f'\n[[columns]]\nname = "{name}"\ntype = "{kind}"\nmeaning = "m"\n{rest}'
