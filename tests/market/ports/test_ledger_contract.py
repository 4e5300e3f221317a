"""market.ports.ledger.Ledger, on every implementation."""

from __future__ import annotations

import pytest

from market.entities.account import Balance, Charge, OverBudget, SpentDay
from market.errors import Conflict, NotFound, Refused
from market.ports.ledger import Ledger

NOW = 1_000
LATER = 2_000


def held(ledger: Ledger, key: str, units: int, account: str = "a") -> None:
    ledger.reserve(key, (Charge(account, units),), now=NOW, expires_at=LATER)


def test_new_account_has_its_whole_cap(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    assert ledger.balance("a") == Balance("a", 100, 0, 0)
    assert ledger.balance("a").available_units == 100


def test_unknown_account_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="no-account"):
        ledger.balance("a")
    with pytest.raises(NotFound, match="no-account"):
        held(ledger, "k", 1)


def test_several_accounts_are_read_in_one_look_and_an_unknown_one_is_left_out(
    ledger: Ledger,
) -> None:
    ledger.open_account("a", 100)
    ledger.open_account("b", 50)
    held(ledger, "k", 20, "b")
    assert ledger.balances({"a", "b", "c"}) == {
        "a": Balance("a", 100, 0, 0),
        "b": Balance("b", 50, 0, 20),
    }
    assert ledger.balances(()) == {}


def test_account_opened_again_keeps_its_spending(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    held(ledger, "k", 60)
    ledger.debit("k", now=NOW)
    ledger.open_account("a", 80)
    assert ledger.balance("a") == Balance("a", 80, 60, 0)


def test_cap_is_lowered_to_what_is_spent_and_reserved_but_not_below(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    held(ledger, "spent", 30)
    ledger.debit("spent", now=NOW)
    held(ledger, "reserved", 20)
    ledger.open_account("a", 50)
    with pytest.raises(Refused, match="cap-below-spending"):
        ledger.open_account("a", 49)
    assert ledger.balance("a") == Balance("a", 50, 30, 20)


def test_reservation_up_to_the_last_unit_is_held(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    held(ledger, "k", 100)
    assert ledger.balance("a") == Balance("a", 100, 0, 100)


def test_reservation_over_the_cap_is_refused_with_the_figures(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    held(ledger, "first", 70)
    with pytest.raises(OverBudget, match="over-budget: Account a") as refused:
        held(ledger, "second", 31)
    assert (refused.value.account.available_units, refused.value.units) == (30, 31)
    assert ledger.balance("a") == Balance("a", 100, 0, 70)


def test_one_account_over_its_cap_holds_none_of_the_charges(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    ledger.open_account("b", 5)
    ledger.open_account("c", 100)
    charges = (Charge("c", 6), Charge("b", 6), Charge("a", 6))
    with pytest.raises(Refused, match="over-budget: Account b"):
        ledger.reserve("k", charges, now=NOW, expires_at=LATER)
    assert [ledger.balance(name).reserved_units for name in "abc"] == [0, 0, 0]
    with pytest.raises(NotFound):
        ledger.cancel("k", now=NOW)


def test_key_of_a_refused_reservation_may_be_used_again(ledger: Ledger) -> None:
    ledger.open_account("a", 5)
    with pytest.raises(Refused):
        held(ledger, "k", 6)
    held(ledger, "k", 5)
    assert ledger.balance("a").reserved_units == 5


def test_same_key_with_the_same_charges_is_the_same_reservation(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    ledger.open_account("b", 100)
    charges = (Charge("b", 2), Charge("a", 1))
    first = ledger.reserve("k", charges, now=NOW, expires_at=LATER)
    again = ledger.reserve("k", charges[::-1], now=NOW + 1, expires_at=LATER + 1)
    assert again == first
    assert again.charges == charges
    assert ledger.balance("a").reserved_units == 1


def test_same_key_finds_the_reservation_as_it_is_now(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    held(ledger, "k", 10)
    ledger.debit("k", now=NOW)
    again = ledger.reserve("k", (Charge("a", 10),), now=NOW, expires_at=LATER)
    assert again.state == "debited"
    assert ledger.balance("a") == Balance("a", 100, 10, 0)


@pytest.mark.parametrize(
    "other",
    [(Charge("a", 11),), (Charge("b", 10),), (Charge("a", 10), Charge("b", 1))],
    ids=["units", "account", "more"],
)
def test_same_key_for_something_else_is_a_conflict(
    ledger: Ledger, other: tuple[Charge, ...]
) -> None:
    ledger.open_account("a", 100)
    ledger.open_account("b", 100)
    held(ledger, "k", 10)
    with pytest.raises(Conflict, match="reservation-differs"):
        ledger.reserve("k", other, now=NOW, expires_at=LATER)
    assert ledger.balance("b").reserved_units == 0


@pytest.mark.parametrize(
    "charges",
    [(), (Charge("a", 1), Charge("a", 1)), (Charge("a", -1),), (Charge("a", 2**60 + 1),)],
    ids=["none", "twice", "negative", "too large"],
)
def test_malformed_charges_are_refused(ledger: Ledger, charges: tuple[Charge, ...]) -> None:
    ledger.open_account("a", 2**60)
    with pytest.raises(ValueError, match="expected"):
        ledger.reserve("k", charges, now=NOW, expires_at=LATER)


def test_largest_account_overflows_nothing(ledger: Ledger) -> None:
    ledger.open_account("a", 2**60)
    held(ledger, "all", 2**60)
    ledger.debit("all", now=NOW)
    with pytest.raises(Refused, match="over-budget"):
        held(ledger, "more", 2**60)


def test_debit_moves_reserved_to_spent_once(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    held(ledger, "k", 40)
    first = ledger.debit("k", now=LATER - 1)
    again = ledger.debit("k", now=LATER + 5)
    assert first == again
    assert first.state == "debited"
    assert ledger.balance("a") == Balance("a", 100, 40, 0)


def test_debit_at_the_time_of_expiry_is_too_late(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    held(ledger, "k", 40)
    with pytest.raises(Conflict, match="reservation-ended"):
        ledger.debit("k", now=LATER)
    assert ledger.balance("a") == Balance("a", 100, 0, 40)


def test_release_gives_everything_back_once(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    ledger.open_account("b", 100)
    ledger.reserve("k", (Charge("a", 40), Charge("b", 7)), now=NOW, expires_at=LATER)
    first = ledger.cancel("k", now=NOW)
    assert ledger.cancel("k", now=NOW) == first
    assert first.state == "cancelled"
    assert [ledger.balance(name).reserved_units for name in "ab"] == [0, 0]


def test_debited_is_not_cancelled_nor_cancelled_debited(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    held(ledger, "spent", 10)
    ledger.debit("spent", now=NOW)
    with pytest.raises(Conflict, match="reservation-debited"):
        ledger.cancel("spent", now=NOW)
    held(ledger, "given-back", 10)
    ledger.cancel("given-back", now=NOW)
    with pytest.raises(Conflict, match="reservation-ended"):
        ledger.debit("given-back", now=NOW)
    assert ledger.balance("a") == Balance("a", 100, 10, 0)


def test_unknown_reservation_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="no-reservation"):
        ledger.debit("k", now=NOW)
    with pytest.raises(NotFound, match="no-reservation"):
        ledger.cancel("k", now=NOW)


def test_expire_releases_what_is_due_and_nothing_else(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    ledger.open_account("b", 100)
    held(ledger, "spent", 1)
    ledger.debit("spent", now=NOW)
    held(ledger, "due-1", 2)
    ledger.reserve("due-2", (Charge("b", 3), Charge("a", 4)), now=NOW, expires_at=LATER)
    ledger.reserve("live", (Charge("a", 8),), now=NOW, expires_at=LATER + 1)
    assert sorted(ledger.expire(now=LATER)) == ["due-1", "due-2"]
    assert ledger.expire(now=LATER) == []
    assert ledger.balance("a") == Balance("a", 100, 1, 8)
    assert ledger.balance("b") == Balance("b", 100, 0, 0)


def test_many_reservations_expire_at_once(ledger: Ledger) -> None:
    ledger.open_account("a", 101)
    for number in range(101):
        held(ledger, f"k{number}", 1)
    assert len(ledger.expire(now=LATER)) == 101
    assert ledger.balance("a").reserved_units == 0


def test_debits_of_an_account_come_oldest_first(ledger: Ledger) -> None:
    ledger.open_account("a", 100)
    ledger.open_account("b", 100)
    for key in ("z", "y", "x"):
        ledger.reserve(key, (Charge("b", 2), Charge("a", 1)), now=NOW, expires_at=LATER)
    held(ledger, "other", 1, account="b")
    for key in ("y", "other", "z"):
        ledger.debit(key, now=NOW)
    assert [reservation.key for reservation in ledger.debited("a")] == ["y", "z"]
    assert ledger.debited("a")[0].charges == (Charge("b", 2), Charge("a", 1))


def test_spending_is_told_by_day(ledger: Ledger) -> None:
    day = 24 * 3_600
    ledger.open_account("a", 100)
    ledger.open_account("b", 100)
    for number, (at, units) in enumerate([(day, 5), (2 * day - 1, 7), (5 * day + 3, 11)]):
        charges = (Charge("a", units), Charge("b", 1))
        ledger.reserve(f"k{number}", charges, now=at, expires_at=at + 1)
        ledger.debit(f"k{number}", now=at)
    held(ledger, "reserved", 20)
    assert ledger.spent_by_day("a") == [SpentDay(day, 12), SpentDay(5 * day, 11)]
    assert ledger.spent_by_day("nothing") == []
