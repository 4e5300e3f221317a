"""A first dataset.toml from a table's header: names, a Parquet file's types, never a value.

Bounds, levels, capacity and the rest are for the owner to write from what he knows, not from the
data: a bound that was read off the rows tells something about one of them. The places to fill are
left empty, so the file is refused until a person has filled them.
"""

from __future__ import annotations

import json
from pathlib import Path

from market.owner.read_table import read_header

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
products = []               # pairs of numeric columns, e.g. [["age", "age"], ["age", "visits"]]

[privacy_unit]              # whose privacy is protected
# column = "patient"        # the column with the unit's id; leave out when a row is a unit
max_rows = 1
meaning = ""

[policy]
budget_epsilon = ""         # for everybody together, for ever
buyer_epsilon = ""
job_epsilon = ""
delta = "0.000001"
statistics = [
  "count", "sum", "mean", "variance", "histogram", "covariance", "correlation", "group_by",
]
access = "request"          # open, request or invitation
approval = "automatic"      # automatic or manual
replay = false
price_cents = 0

# Columns nobody shall ask about, and the id of the privacy unit, are left out. The types:
#   numeric      low, high, unit, null = "midpoint", "low", "high" or "drop_row"
#                (reference_mean, reference_sd: if known from elsewhere, they sharpen quotes)
#   categorical  levels = ["north", "south"]; any other value becomes OTHER
#                (reference_shares: one for each level and OTHER, as above)
#   boolean      null = "false" or "drop_row"
"""
_COLUMN = {
    "": "",
    "numeric": 'low = ""\nhigh = ""\nunit = ""\nnull = "midpoint"\n',
    "categorical": "levels = []\n",
    "boolean": 'null = "false"\n',
}


def propose_declaration(path: Path, dataset: str) -> str:
    """The text of a dataset.toml for a table.

    Raises:
        Refused: the file cannot be read.
    """
    parts = [_HEAD.format(dataset=json.dumps(dataset))]
    for name, kind in read_header(path):
        parts.append(
            f'\n[[columns]]\nname = {json.dumps(name)}\ntype = "{kind}"\nmeaning = ""\n'
            + _COLUMN[kind]
        )
    return "".join(parts)
