"""Shares beside a program: `shares.json` in its repository, so that the program needs no edit.

    {"visits_mean": 12, "rows": 1}

`market quote --error` works them out and `--save` writes them. They belong to the commit, as the
program does, and take the place of what it says itself (`weighted`); a statistic that is not named
keeps its own.

Rules: program-shares.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from market.errors import Refused
from market.plan.plan import MAXIMUM_SHARE, STATISTIC_NAME

SHARES = "shares.json"
_LARGEST_BYTES = 1 << 16


def read_shares(root: Path) -> dict[str, int]:
    """What `shares.json` says; nothing when there is none.

    Raises:
        Refused: `program-shares`.
    """
    path = root / SHARES
    if not path.is_file():
        return {}
    if path.stat().st_size > _LARGEST_BYTES:
        raise _refused(f"has more than {_LARGEST_BYTES} bytes")
    try:
        read = json.loads(path.read_bytes(), object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        raise _refused("is not JSON that says each name once") from None
    if type(read) is not dict:
        raise _refused("holds no object")
    for name, share in read.items():
        if not STATISTIC_NAME.fullmatch(name):
            raise _refused("names something else than a statistic")
        if type(share) is not int or not 1 <= share <= MAXIMUM_SHARE:
            raise _refused(f"gives {name} no whole number from 1 to {MAXIMUM_SHARE}")
    return read


def check_asked(shares: dict[str, int], asked: Collection[str]) -> None:
    """That shares are of what the program asks (raises Refused, `program-shares`)."""
    for name in shares:
        if name not in asked:
            raise _refused(f"names {name}, which build does not return")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("a name stands twice")
    return read


def _refused(what: str) -> Refused:
    return Refused(
        "program-shares",
        f"{SHARES} {what}.",
        f"Let `market quote --error ... --save` write {SHARES}, or delete it.",
    )
