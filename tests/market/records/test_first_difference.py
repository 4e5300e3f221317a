"""The first member that differs, told with what was seen and what was expected."""

from __future__ import annotations

from market.records.first_difference import Difference, first_difference


def test_documents_that_agree_differ_in_nothing() -> None:
    assert first_difference({}) is None
    assert first_difference({"job": ("a", "a"), "rho": (1, 1)}) is None


def test_the_first_in_the_given_order_is_told() -> None:
    found = first_difference({"job": ("a", "a"), "version": (2, 1), "buyer": ("x", "y")})
    assert found == Difference("version", "2", "1")
    assert str(found) == "version is 2, expected 1"


def test_a_hash_is_told_whole_and_a_longer_value_by_its_beginning() -> None:
    found = first_difference({"hash": ("ab" * 32, "cd" * 32)})
    assert str(found) == f"hash is {'ab' * 32}, expected {'cd' * 32}"
    assert first_difference({"columns": ("x" * 200, "y")}) == Difference("columns", "x" * 80, "y")
