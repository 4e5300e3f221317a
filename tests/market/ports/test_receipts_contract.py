"""market.ports.receipts.Receipts, on every implementation."""

from __future__ import annotations

from typing import Any

import pytest
from world.builders import NOW, sign
from world.job_builders import a_receipt
from world.people import a_key

from market.errors import Conflict, Unavailable
from market.ports.receipts import Receipts
from market.records.receipt import FIRST_PREVIOUS, Receipt
from market.records.signed import Signed, record_hash

AGENT = a_key("agent").public.hex
MANY = 100


def chain(length: int, by: str = "agent", **changes: Any) -> list[Signed[Receipt]]:
    """Receipts that follow one another; `changes` are of the last."""
    made: list[Signed[Receipt]] = []
    for number in range(1, length + 1):
        previous = record_hash(made[-1].record) if made else FIRST_PREVIOUS
        last = changes if number == length else {}
        receipt = a_receipt(**{"sequence": number, "previous": previous, **last})
        made.append(sign(receipt, by=by))
    return made


def test_receipts_that_follow_one_another_are_one_chain(receipts: Receipts) -> None:
    assert receipts.head(AGENT) == (0, FIRST_PREVIOUS)
    for receipt in chain(3):
        receipts.append(receipt, now=NOW)
        assert receipts.head(AGENT) == (receipt.record.sequence, record_hash(receipt.record))
    assert receipts.forks(None, after=0, limit=MANY) == []


def test_same_receipt_again_changes_nothing(receipts: Receipts) -> None:
    for receipt in (*chain(2), *chain(2)):
        receipts.append(receipt, now=NOW)
    assert receipts.head(AGENT)[0] == 2
    assert receipts.forks(None, after=0, limit=MANY) == []


def test_each_agent_has_a_chain_of_its_own(receipts: Receipts) -> None:
    for by in ("agent", "other agent"):
        for receipt in chain(2, by):
            receipts.append(receipt, now=NOW)
    assert receipts.head(a_key("other agent").public.hex)[0] == 2


def test_receipt_before_its_predecessor_waits_and_is_no_fork(receipts: Receipts) -> None:
    first, second, third = chain(3)
    receipts.append(first, now=NOW)
    with pytest.raises(Unavailable, match="receipt-early: Receipt 3 came before receipt 2"):
        receipts.append(third, now=NOW)
    receipts.append(second, now=NOW)
    receipts.append(third, now=NOW)
    assert receipts.head(AGENT)[0] == 3
    assert receipts.forks(None, after=0, limit=MANY) == []


@pytest.mark.parametrize("length", [1, 2])
def test_another_receipt_of_the_same_number_is_a_fork(receipts: Receipts, length: int) -> None:
    for receipt in chain(2):
        receipts.append(receipt, now=NOW)
    other = chain(length, issued_at=NOW + 9)[-1]
    for at in (NOW, NOW + 1):
        with pytest.raises(Conflict, match="receipt-forked"):
            receipts.append(other, now=at)
    (fork,) = receipts.forks([AGENT], after=0, limit=MANY)
    assert (fork.held, fork.offered, fork.seen_at) == (chain(2)[length - 1], other, NOW)
    assert receipts.head(AGENT) == (2, record_hash(chain(2)[-1].record))


def test_next_receipt_that_follows_another_is_a_fork(receipts: Receipts) -> None:
    first, _ = chain(2)
    receipts.append(first, now=NOW)
    other = chain(2, previous="1" * 64)[-1]
    with pytest.raises(Conflict, match=r"receipt-forked: Receipt 2 .* receipt 1 of it"):
        receipts.append(other, now=NOW)
    (fork,) = receipts.forks(None, after=0, limit=MANY)
    assert (fork.held, fork.offered) == (first, other)
    receipts.append(chain(2)[-1], now=NOW)


def test_forks_are_shown_by_agent_oldest_first(receipts: Receipts) -> None:
    for by in ("agent", "other agent"):
        receipts.append(chain(1, by)[0], now=NOW)
        for late in (1, 2):
            with pytest.raises(Conflict):
                receipts.append(chain(1, by, issued_at=NOW + late)[0], now=NOW)
    shown = receipts.forks([AGENT], after=0, limit=MANY)
    assert [fork.offered.record.issued_at for fork in shown] == [NOW + 1, NOW + 2]
    assert {fork.offered.signer for fork in shown} == {AGENT}
    assert len(receipts.forks(None, after=0, limit=MANY)) == 4
    assert receipts.forks([], after=0, limit=MANY) == []


def test_chain_is_read_a_page_at_a_time(receipts: Receipts) -> None:
    made = chain(5)
    for receipt in made:
        receipts.append(receipt, now=NOW)
    assert receipts.chain(AGENT, after=0, limit=2) == made[:2]
    assert receipts.chain(AGENT, after=2, limit=2) == made[2:4]
    assert receipts.chain(AGENT, after=4, limit=2) == made[4:]
    assert receipts.chain(AGENT, after=5, limit=2) == []
    assert receipts.chain(a_key("other agent").public.hex, after=0, limit=2) == []


def test_forks_are_read_a_page_at_a_time(receipts: Receipts) -> None:
    for by in ("agent", "other agent"):
        receipts.append(chain(1, by)[0], now=NOW)
    for late, by in enumerate(("agent", "other agent", "agent", "agent"), start=1):
        with pytest.raises(Conflict):
            receipts.append(chain(1, by, issued_at=NOW + late)[0], now=NOW)
    first = receipts.forks([AGENT], after=0, limit=2)
    assert [fork.offered.record.issued_at for fork in first] == [NOW + 1, NOW + 3]
    (last,) = receipts.forks([AGENT], after=first[-1].number, limit=2)
    assert last.offered.record.issued_at == NOW + 4
    assert receipts.forks([AGENT], after=last.number, limit=2) == []
    numbers = [fork.number for fork in receipts.forks(None, after=0, limit=MANY)]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 4
