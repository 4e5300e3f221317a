from __future__ import annotations

import pytest
from world.sealed_results import Story, released_job

from crypto import canonical
from crypto.identity import SigningKey
from market.client.verify.verify_receipt import (
    VerifiedReceipt,
    require_plan,
    verify_chain,
    verify_chains,
    verify_receipt,
)
from market.errors import Refused
from market.records.receipt import plan_commitment


@pytest.fixture
def story() -> Story:
    return released_job()


def receipts(story: Story, count: int) -> list[VerifiedReceipt]:
    """A chain of the story's agent."""
    chain: list[VerifiedReceipt] = []
    envelope = story.envelope()
    for number in range(1, count + 1):
        previous = {"previous": chain[-1].hash} if chain else {}
        receipt = story.receipt(envelope, receipt=f"receipt-{number}", sequence=number, **previous)
        chain.append(verify_receipt(story.countersigned(receipt).encode()))
    return chain


def test_outsider_reads_who_signed_what(story: Story) -> None:
    (verified,) = receipts(story, 1)
    assert verified.agent_key == story.agent.public.hex
    assert verified.platform_key == story.platform.public.hex
    assert verified.receipt.buyer == story.buyer.public.fingerprint()


@pytest.mark.parametrize("role", ["agent_key", "platform_key"])
def test_other_key_than_expected_is_refused(story: Story, role: str) -> None:
    data = story.countersigned(story.receipt(story.envelope())).encode()
    with pytest.raises(Refused) as caught:
        verify_receipt(data, **{role: SigningKey.generate().public.hex})
    assert caught.value.code == "receipt-invalid"


def test_countersignature_of_another_receipt_is_refused(story: Story) -> None:
    envelope = story.envelope()
    one = canonical.loads(story.countersigned(story.receipt(envelope)).encode())
    two = canonical.loads(story.countersigned(story.receipt(envelope, rho_units=0)).encode())
    mixed = canonical.dumps(one | {"countersignature": two["countersignature"]})
    with pytest.raises(Refused, match="receipt hash"):
        verify_receipt(mixed)


def test_chain_is_put_in_order(story: Story) -> None:
    chain = receipts(story, 3)
    assert verify_chain(list(reversed(chain))) == tuple(chain)


def test_missing_receipt_shows_as_a_gap(story: Story) -> None:
    chain = receipts(story, 3)
    with pytest.raises(Refused) as caught:
        verify_chain([chain[0], chain[2]])
    assert caught.value.code == "receipt-chain"


def test_receipt_that_follows_another_is_refused(story: Story) -> None:
    first = receipts(story, 1)[0]
    other = story.receipt(story.envelope(), receipt="x", sequence=2, previous="1" * 64)
    with pytest.raises(Refused, match="follows 1111"):
        verify_chain([first, verify_receipt(story.countersigned(other).encode())])


def test_receipts_of_two_agents_are_no_chain(story: Story) -> None:
    first = receipts(story, 1)[0]
    other = story.receipt(story.envelope(), receipt="x", sequence=2, previous=first.hash)
    foreign = story.countersigned(other, agent=SigningKey.generate())
    with pytest.raises(Refused, match="two agents"):
        verify_chain([first, verify_receipt(foreign.encode())])


def test_receipts_of_several_agents_are_a_chain_each(story: Story) -> None:
    own = receipts(story, 2)
    other, envelope = SigningKey.generate(), story.envelope()
    foreign = [
        verify_receipt(
            story.countersigned(
                story.receipt(envelope, sequence=sequence, previous="1" * 64), agent=other
            ).encode()
        )
        for sequence in (7, 9)
    ]
    assert verify_chains([own[1], foreign[0], own[0]]) == (*own, foreign[0])
    with pytest.raises(Refused, match="receipt 9 comes after 7"):
        verify_chains([*own, *foreign])


def test_only_the_first_receipt_follows_none(story: Story) -> None:
    receipt = story.receipt(story.envelope(), sequence=2)
    with pytest.raises(Refused, match="only the first"):
        verify_receipt(story.countersigned(receipt).encode())


def test_commitment_opens_with_its_salt_and_plan_alone(story: Story) -> None:
    (verified,) = receipts(story, 1)
    digest = story.request.plan_hash
    assert verified.receipt.plan_commitment == plan_commitment(story.salt, digest)
    require_plan(verified, salt=story.salt, plan_hash=digest)
    for salt, plan in ((story.salt, "0" * 64), ("0" * 64, digest)):
        with pytest.raises(Refused) as caught:
            require_plan(verified, salt=salt, plan_hash=plan)
        assert caught.value.code == "receipt-plan"
