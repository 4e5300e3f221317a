"""A share of another session of the same question, by a member who answers for both, is handed out
in this one's place: it is of other noise, and of members who may have been others."""

from __future__ import annotations

import pytest
from world.builders import sign
from world.cheating_session import bundle_of, expected_of, restated
from world.consortium_builders import agent_name
from world.members_market import MembersMarket

from market.client.verify.check_bundle import check_bundle
from market.errors import Refused
from market.records.delivery import Envelope
from market.records.signed import open_signed, record_hash
from market.services.release.release_documents import countersign


def test_envelope_of_another_session_is_refused() -> None:
    market = MembersMarket()
    job = market.sealed()
    shares = market.shares_of(job, {"#valid": 900 << 30})
    place, party = 1, job.parties[1]
    envelope_text, _ = market.release_texts_of(job, party, shares[place], session="5e" * 32)
    envelope = open_signed(Envelope, envelope_text.encode()).record
    key = agent_name(market.agreement.member_of(party).organisation)
    receipt = sign(market.receipt_of(job, party, record_hash(envelope)), by=key)
    for each, own in zip(job.parties, shares, strict=True):
        job = market.release_of_member(job, each, own)
    honest = bundle_of(market, job)
    both = countersign(market.platform, receipt, now=market.now)
    cheated = restated(
        honest,
        envelopes=(honest.envelopes[0], envelope_text, honest.envelopes[2]),
        receipts=(honest.receipts[0], both, honest.receipts[2]),
    )
    with pytest.raises(Refused) as refused:
        check_bundle(cheated, expected_of(market, job))
    assert refused.value.code == "result-invalid"
    assert "session" in refused.value.message
