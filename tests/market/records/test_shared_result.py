"""What is shared carries one sealed key, between two people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.shared import a_shared_header

from market.records.shared_result import ReaderKey, SharedResult


@pytest.mark.parametrize(
    "change", [{"request_hash": "ab"}, {"statement_hash": "AB" * 32}, {"reader_key": ""}]
)
def test_header_names_one_result_and_one_key(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="lower-case hex"):
        replace(a_shared_header(), **change)


def test_nobody_shares_with_themself() -> None:
    header = a_shared_header()
    with pytest.raises(ValueError, match="two people"):
        replace(header, recipient=header.sharer)


@pytest.mark.parametrize("sealed", ["", "5e" * 79, "5e" * 81, "5E" * 80])
def test_nothing_but_a_sealed_key_is_carried(sealed: str) -> None:
    with pytest.raises(ValueError, match="sealed key"):
        SharedResult(a_shared_header(), sealed)


def test_reader_key_is_one() -> None:
    with pytest.raises(ValueError, match="lower-case hex"):
        ReaderKey("bea", "ab", 1)
