"""A first dataset.toml from a table's header: names, a Parquet file's types, never a value.

Bounds, levels, capacity and the rest are for the owner to write from what they know, not from the
data: a bound that was read off the rows tells something about one of them. The places to fill are
left empty, so the file is refused until a person has filled them.
"""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from market.entities.draft import MOST_DRAFT_COLUMNS, ColumnKind, DraftColumn, DraftContent
from market.errors import Refused
from market.owner.table.layout import normal_name
from market.owner.table.read_table import Header, read_header
from market.plan.dataset_ids import DATASET_ID, DATASET_ID_RULE
from market.plan.dates import PARTS
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    Column,
    DateColumn,
    NumericColumn,
)
from market.plan.statistics import BY_KIND
from market.policy.listing.policy_templates import template_of

_HEAD = """\
# What you declare about the table. Fill in every empty place from what you know of the subject,
# not from the rows.
dataset = {dataset}
title = ""
summary = ""
provenance = ""
licence = ""
terms = ""
capacity_rows = ""          # most rows it may ever hold
# Pairs of columns whose products are encrypted besides, e.g. [["age", "age"], ["sex", "health"]]:
# a variance by group needs the column's own square, a mean by two keys the keys together.
products = {products}
# encrypted_for = "sums"    # or "products": sums alone take 12 bytes a value, products too 20; by
                            # itself it is "products" where recomputation (below) is true
{separator}
[privacy_unit]              # whose privacy is protected
# column = "patient"        # the column with the unit's id; leave out when a row is a unit
# missing = ["NA"]          # what stands in it where nobody is known
max_rows = 1
meaning = ""

[population]                # anybody may be in several of your tables: they share one budget
distinct_from = []          # unless you declare, for all to see, that nobody of this table is in
                            # them: their dataset ids, e.g. ["staff-2024"]

[policy]
budget_epsilon = ""         # for everybody together, for ever
buyer_epsilon = ""
job_epsilon = ""
delta = "0.000001"
statistics = [{statistics}]
access = "request"          # open, request or invitation
approval = "automatic"      # automatic or manual
recomputation = true        # false: no products of columns but `products` above, no groups
price_cents = 0

# Columns nobody shall ask about, and the id of the privacy unit, are left out. `header` is what
# stands above a column where its name does not tell; `missing = [-200, "NA"]` is what stands in it
# where nothing is known (there, and above for the unit). The types:
#   numeric      low, high, unit, null = "midpoint", "low", "high" or "drop_row"
#                (cells such as 3.5; others by an example: written = "1.234,5", "1,234.5", "1234,5",
#                "1 234,5" or "1'234.5")
#                (reference_mean, reference_sd: they narrow the errors that a quote states; take
#                them from a public source, never from these rows: everybody reads them)
#                (bins = [0, 10, 20, 77], edges from low to high, or bins = {{count = 20}}, of one
#                width: for histograms, quantiles, groups, filters; each is one more column)
#                (only_summed = true: bins can be counted, but neither group nor filter, and take
#                almost no room; so it is above 64 bins, unless you write false)
#   categorical  levels = ["north", "south"]; any other value becomes OTHER
#                (other = "drop_row": its row is left out, and there is no OTHER)
#                (reference_shares: one for each level and OTHER, adding up to 1; likewise)
#                (only_summed, of the levels, as above)
#   boolean      null = "false" or "drop_row"
#                (cells: true, t, yes, y, 1; false, f, no, n, 0; others by written = "oui/non")
#   date         first, last, null = "other" or "drop_row", parts = ["year", "month", "weekday"]
#                (cells such as 2024-12-31, or a time on that day; others by written =
#                "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYYMMDD" ...; days before and after
#                are OTHER)
#                (only_summed, of all parts, as above: a year is one level)
"""
_COLUMN = {
    "": "",
    "numeric": 'low = ""\nhigh = ""\nunit = ""\nnull = "midpoint"\n',
    "categorical": "levels = []\n",
    "boolean": 'null = "false"\n',
    "date": 'first = ""\nlast = ""\nnull = "other"\nparts = ["year", "month", "weekday"]\n',
}
_SPECIMENS: dict[str, Column] = {
    "numeric": NumericColumn("a", "0", "1", "", "", "midpoint", None, None),
    "categorical": CategoricalColumn("b", ("one",), ""),
    "boolean": BooleanColumn("c", "", "false"),
    "date": DateColumn("d", "2000-01-01", "2000-01-01", "", "other", PARTS),
}
_KINDS: dict[str, ColumnKind] = {
    "": "",
    "numeric": "numeric",
    "categorical": "categorical",
    "boolean": "boolean",
    "date": "date",
}
_MARKS = re.compile("[\u0300-\u036f]")
_LONGEST_NAME = 40


def propose_declaration(path: Path, dataset: str) -> str:
    """The text of a dataset.toml for a table: `publish` takes it once the empty places are filled.

    A column whose header is not a name gets one, and its `header`; those above which nothing stands
    are left out and named.

    Raises:
        Refused: the file cannot be read, two columns have one header, or `dataset-id`.
    """
    _check_dataset(dataset)
    header = read_header(path)
    nameless = nameless_columns(header)
    columns = {name: one for name, one in _named(header).items() if name not in nameless}
    parts = []
    if header.nameless:
        parts.append(f"\n# Without a header, and left out: {', '.join(header.nameless)}.\n")
    for name, (title, kind) in columns.items():
        head = f"header = {toml_text(title)}\n" if title else ""
        parts.append(
            f'\n[[columns]]\nname = "{name}"\n{head}type = "{kind}"\nmeaning = ""\n' + _COLUMN[kind]
        )
    kinds = {name: kind for name, (_, kind) in columns.items()}
    top = _HEAD.format(
        dataset=toml_text(dataset),
        separator=_separator(header.separator),
        products=_squares(kinds),
        statistics=_answerable(list(kinds.values())),
    )
    return "".join([top, *parts])


def propose_draft(path: Path, dataset: str) -> DraftContent:
    """A draft for the portal from a table's header: names and types, never a value.

    Args:
        dataset: its id, or empty while nobody has chosen one.

    Raises:
        Refused: the file cannot be read, two columns have one header, `table-too-wide`, or
            `dataset-id`.
    """
    if dataset:
        _check_dataset(dataset)
    header = read_header(path)
    nameless = nameless_columns(header)
    columns = [column for column in found_columns(header, path) if column.name not in nameless]
    return template_of("request").given_to(DraftContent(dataset=dataset, columns=tuple(columns)))


def found_columns(header: Header, path: Path) -> tuple[DraftColumn, ...]:
    """A draft's column for each of a table's, those above which nothing stands among them.

    Raises:
        Refused: `table-too-wide`.
    """
    columns = tuple(
        DraftColumn(name=name, header=title, kind=_KINDS[kind])
        for name, (title, kind) in _named(header).items()
    )
    if len(columns) > MOST_DRAFT_COLUMNS:
        raise Refused(
            "table-too-wide",
            f"{path.name} has {len(columns):,} columns, expected at most {MOST_DRAFT_COLUMNS}.",
            "Give a copy with fewer columns: its people's id, and what somebody may ask about. "
            "Nothing was sent.",
        )
    return columns


def _check_dataset(dataset: str) -> None:
    if not DATASET_ID.fullmatch(dataset):
        raise Refused(
            "dataset-id",
            f"The dataset's id is {dataset!r:.80}, expected {DATASET_ID_RULE}.",
            "Give another --dataset.",
        )


def _named(header: Header) -> dict[str, tuple[str, str]]:
    """A name for each column, with its header where the name does not tell it, else with an empty
    text, and with its type as far as the file says."""
    plain_names = Counter(normal_name(title) for title, _ in header.columns)
    columns: dict[str, tuple[str, str]] = {}
    for title, kind in header.columns:
        name = _name(title, {"", *columns})
        found_by_name = normal_name(title) == name and plain_names[name] == 1
        columns[name] = ("" if found_by_name else title, kind)
    return columns


def nameless_columns(header: Header) -> frozenset[str]:
    """The names that are given to columns above which nothing stands."""
    return frozenset(
        name
        for name, (title, _) in _named(header).items()
        if (title or name.replace("_", " ")) in header.nameless
    )


def _squares(columns: Mapping[str, str]) -> str:
    """The products that variances by group need, as far as the types are known."""
    has_groups = not {"categorical", "boolean", "date", ""}.isdisjoint(columns.values())
    numeric = [name for name, kind in columns.items() if kind == "numeric" and has_groups]
    return json.dumps([[name, name] for name in numeric])


def _answerable(kinds: Sequence[str]) -> str:
    """The statistics that some columns answer; a column of unknown type may be of any."""
    # Three columns of a type show what any number of them answers.
    known = [kind for kind in _SPECIMENS for _ in range(min(3, kinds.count(kind)))]
    unknown = min(3, kinds.count(""))
    guesses = itertools.combinations_with_replacement(("numeric", "categorical"), unknown)
    tables = [
        [replace(_SPECIMENS[kind], name=f"c{place}") for place, kind in enumerate((*known, *guess))]
        for guess in guesses
    ]
    return ", ".join(
        toml_text(kind)
        for kind, node in BY_KIND.items()
        if any(any(True for _ in node.examples(table)) for table in tables)
    )


def _separator(separator: str | None) -> str:
    if separator is None or separator == ",":
        return ""
    return f"separator = {toml_text(separator)}\n"


def _name(title: str, taken: Collection[str]) -> str:
    """Lower-case ASCII words for a header in any script, unlike every name before it."""
    words = normal_name(_MARKS.sub("", unicodedata.normalize("NFKD", title.casefold())))
    name = words if words[:1].isalpha() else f"column_{words}"
    first = name[:_LONGEST_NAME].strip("_")
    further = (f"{first[: _LONGEST_NAME - 4]}_{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([first], further) if one not in taken)


def toml_text(text: str) -> str:
    """A text as a basic string of TOML: what JSON escapes, and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
