"""With whose tables a dataset may be asked together, as its owner declares it.

[together]                 optional; without it the dataset is asked by itself alone
sold_alone = false         optional: never by itself
[[together.unions]]        all of these with this one, neither more nor fewer
values = "masked"          only the sum over all is seen; "plain": each owner's, too
others = { visits-south = "abandon ability ..." }    each dataset with its owner's key, in the
                           fifteen words or the fingerprint that its owner reads out
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from market.owner.declaration.declared_values import built, check_keys, listed, table_of
from market.records.fingerprint_words import fingerprint_of
from market.records.union import SOLD_ALONE, Together

_KEYS: Final = ("sold_alone", "unions")


def together_of(values: Mapping[str, Any], dataset: str) -> Together:
    """The word of a dataset's owner on unions, in its declaration (raises ValueError, naming the
    key)."""
    if "together" not in values:
        return SOLD_ALONE
    table = table_of(values, "together")
    check_keys("together.", table, _KEYS, optional=_KEYS)
    unions = [
        _union(f"together.unions[{i}].", union)
        for i, union in enumerate(listed("together.unions", table.get("unions", [])))
    ]
    unions.sort(key=lambda union: [partner["dataset"] for partner in union["others"]])
    if any(partner["dataset"] == dataset for union in unions for partner in union["others"]):
        raise ValueError(f"together.unions names {dataset} itself among the others")
    is_sold_alone = table.get("sold_alone", True)
    return built(Together, "together", {"is_sold_alone": is_sold_alone, "unions": unions})


def _union(path: str, union: Any) -> dict[str, Any]:
    if not isinstance(union, dict):
        raise ValueError(f"{path[:-1]} is not a table")
    check_keys(path, union, ("values", "others"), optional=())
    others = table_of(union, "others")
    partners = [
        {"dataset": dataset, "owner": _owner(f"{path}others.{dataset}", others[dataset])}
        for dataset in sorted(others)
    ]
    return {"values": union["values"], "others": partners}


def _owner(path: str, key: Any) -> str:
    if type(key) is not str:
        raise ValueError(f"{path} is {key!r:.80}, expected the words of its owner's key")
    try:
        return fingerprint_of(key)
    except ValueError as error:
        raise ValueError(f"{path} is no key: {error}") from error
