"""A consortium's result at its recipient: checked, put together, and told what it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.cheating_session import bundle_of, expected_of
from world.consortium_builders import a_proposal, seats
from world.members_market import MembersMarket, Sums
from world.people import CAROL, DORA, HUGO, OLGA, a_key

from crypto import canonical
from crypto.identity import PublicKey
from crypto.keyfile import wrap
from crypto.secret import Secret
from crypto.shamir import PRIME, parse_share, share_text
from market import wire
from market.adapters.private_files import write_private
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.client.kept.pins import check_pin, pin_compared
from market.client.results.open_result import OpenedResult, open_checked, open_job
from market.client.verify.asked_source import shown_source, source_of_agreement
from market.client.verify.check_bundle import CheckedBundle, check_bundle
from market.client.verify.known_keys import require_agent_key
from market.client.verify.verify_receipt import verify_receipt
from market.entities.job import Job
from market.errors import MarketError, Refused
from market.policy.consortia.consortium_documents import documents_of
from market.records.delivery import Bundle, Share
from market.services.compute.accept_request import accept_request
from market.services.release.deliver_result import deliver_result

UNIT = 1 << 30
QUESTION = """
def build(ds):
    return {"rows": ds.count(), "age": ds["age"].mean(), "regions": ds["region"].histogram()}
"""
FOUR = seats(
    (HUGO.organisation, None),
    (OLGA.organisation, 0),
    (CAROL.organisation, 0),
    (DORA.organisation, 0),
)


def sums_of(market: MembersMarket, job: Job, value: int = 100) -> dict[str, int]:
    """The same sum for every output, in units."""
    return {one.output: value * UNIT for one in market.quote_of(job).outputs}


def checked(market: MembersMarket, job: Job, data: bytes | None = None) -> CheckedBundle:
    bundle = data or deliver_result(market.platform, market.user(job.buyer), job.job)
    return check_bundle(bundle, expected_of(market, job))


def opened(
    market: MembersMarket, job: Job, *, accepts: bool = False, data: bytes | None = None
) -> OpenedResult:
    return open_checked(checked(market, job, data), market.recipient, accepts_unverified=accepts)


def value(result: OpenedResult, name: str) -> float:
    (answer,) = (answer for answer in result.answers if answer.name == name)
    found = answer.cells[0].raw.value
    assert found is not None
    return found


def delivered(
    market: MembersMarket, sums: Sums, spoil: Callable[[int, tuple[Share, ...]], Any], **form: Any
) -> Job:
    """A released job; `spoil` changes a member's shares, or None: it breaks the session off."""
    job = market.sealed(QUESTION, **form)
    shares = market.shares_of(job, sums or sums_of(market, job))
    for place, (party, own) in enumerate(zip(job.parties, shares, strict=True)):
        sent = spoil(place, own)
        job = (
            market.abort(job, party) if sent is None else market.release_of_member(job, party, sent)
        )
    return job


def lying(liar: int) -> Callable[[int, tuple[Share, ...]], tuple[Share, ...]]:
    """One member adds a little to its share of the first output."""

    def spoil(place: int, own: tuple[Share, ...]) -> tuple[Share, ...]:
        if place != liar:
            return own
        changed = (parse_share(own[0].residues) + 12_345) % PRIME
        return (replace(own[0], residues=share_text(changed)), *own[1:])

    return spoil


def without(missing: int) -> Callable[[int, tuple[Share, ...]], tuple[Share, ...] | None]:
    return lambda place, own: None if place == missing else own


def honest(_place: int, own: tuple[Share, ...]) -> tuple[Share, ...]:
    return own


def test_recipient_opens_what_the_members_summed() -> None:
    market = MembersMarket()
    job = market.sealed(QUESTION)
    sums = sums_of(market, job) | {"#valid": 900 * UNIT, "age": 90 * UNIT}
    job = market.release_all(job, sums)
    result = opened(market, job)
    assert value(result, "rows") == 900
    # Encoded ages lie in -1..1 over 0..110 years: a tenth above the middle.
    schema = market.agreement.proposal.schema
    column = schema.column("age")
    middle, half = float(column.midpoint), float(column.half_range)
    assert value(result, "age") == pytest.approx(middle + half / 10)
    assert result.session is not None
    assert result.session.is_consistent
    assert result.session.is_complete
    assert not result.session.is_verified
    assert len(result.receipts) == 3
    assert len({one.file for one in result.receipts}) == 3
    assert json.loads(json.dumps(result.to_json()))["session"]["missing"] == []


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data(), st.integers(3, 4))
def test_whatever_the_members_sum_is_what_is_opened(data: st.DataObject, members: int) -> None:
    proposal = a_proposal() if members == 3 else a_proposal(seats=FOUR)
    market = MembersMarket(proposal)
    job = market.sealed(QUESTION)
    largest = market.quote_of(job).lattice.largest(1)
    sums = {
        one.output: data.draw(st.integers(-largest, largest))
        for one in market.quote_of(job).outputs
    }
    result = opened(market, market.release_all(job, sums))
    assert value(result, "rows") == sums["#valid"] / UNIT


def test_lie_in_delivering_is_refused_and_told_of() -> None:
    market = MembersMarket()
    job = delivered(market, {}, lying(1))
    with pytest.raises(Refused) as refused:
        opened(market, job)
    assert refused.value.code == "result-unverified"
    assert "cannot be known" in refused.value.message


def test_lie_that_makes_no_possible_value_is_opened_by_nobody() -> None:
    market = MembersMarket()
    job = market.sealed(QUESTION)
    shares = market.shares_of(job, sums_of(market, job))
    for party, own in zip(job.parties, shares, strict=True):
        wild = tuple(replace(one, residues=share_text(PRIME // 3)) for one in own)
        job = market.release_of_member(job, party, wild if party == job.parties[0] else own)
    with pytest.raises(Refused) as refused:
        opened(market, job, accepts=True)
    assert refused.value.code == "result-invalid"


def test_one_of_four_who_lies_is_corrected_and_named() -> None:
    market = MembersMarket(a_proposal(seats=FOUR))
    job = delivered(market, {}, lying(2))
    liar = market.agreement.members[2].organisation
    with pytest.raises(Refused) as refused:
        opened(market, job)
    assert refused.value.code == "result-unverified"
    assert liar in refused.value.message
    result = opened(market, job, accepts=True)
    assert value(result, "rows") == 100
    assert result.session is not None
    assert result.session.liars == (liar,)
    assert not result.session.is_consistent


def test_answer_without_one_members_share_is_opened_on_the_persons_word_alone() -> None:
    market = MembersMarket()
    job = delivered(market, {}, without(2))
    assert job.state == "released"
    missing = market.agreement.members[2].organisation
    with pytest.raises(Refused) as refused:
        opened(market, job)
    assert refused.value.code == "result-unverified"
    assert missing in refused.value.message
    result = opened(market, job, accepts=True)
    assert value(result, "rows") == 100
    assert result.session is not None
    assert (result.session.is_complete, result.session.missing) == (False, (missing,))


def test_verified_session_says_so() -> None:
    market = MembersMarket()
    result = opened(market, delivered(market, {}, honest, verified="yes"))
    assert result.session is not None
    assert result.session.is_verified


def test_other_recipient_key_opens_nothing() -> None:
    market = MembersMarket()
    job = delivered(market, {}, honest)
    other = MembersMarket().recipient
    with pytest.raises(Refused) as refused:
        open_checked(checked(market, job), other)
    assert refused.value.code == "result-invalid"


def as_sent(bundle: Bundle) -> bytes:
    return canonical.dumps(wire.to_json(bundle))


def test_bundle_of_another_session_is_refused() -> None:
    """Envelopes, joinings, an agreement or a request of another run of the same consortium."""
    market = MembersMarket()
    job, other = delivered(market, {}, honest), None
    other = market.planned(QUESTION)
    request = market.request(other, nonce="e" * 32)
    other = accept_request(market.platform, other.job, request, now=market.now)
    one = bundle_of(market, job)
    foreign = MembersMarket(a_proposal(title="Another one"))
    strange = bundle_of(foreign, delivered(foreign, {}, honest))
    joins = tuple(market.join_of(other, party) for party in other.parties)
    for spoiled in (
        replace(one, joins=joins),
        replace(one, joins=one.joins[:2]),
        replace(one, joins=strange.joins),
        replace(one, consortium=strange.consortium),
        replace(one, consortium=replace(one.consortium, consents=one.consortium.consents[:2])),
        replace(one, consortium=replace(one.consortium, bindings=())),
        replace(one, envelopes=strange.envelopes, receipts=strange.receipts),
        replace(one, envelopes=one.envelopes[::-1], receipts=one.receipts[::-1]),
        replace(one, envelopes=one.envelopes[:2], receipts=one.receipts[:2]),
        replace(one, envelopes=(one.envelopes[0],) * 3, receipts=(one.receipts[0],) * 3),
        replace(one, statement=strange.statement),
        replace(one, request=strange.request),
        replace(one, plan=one.plan.replace('"share":1', '"share":2')),
    ):
        with pytest.raises(MarketError) as refused:
            opened(market, job, accepts=True, data=as_sent(spoiled))
        assert refused.value.code in ("result-invalid", "receipt-invalid")
    with_shares = wire.to_json(one) | {"platform": [[{"output": "#valid", "residues": "0" * 16}]]}
    with pytest.raises(MarketError, match="result-invalid"):
        opened(market, job, accepts=True, data=canonical.dumps(with_shares))
    assert value(opened(market, job, data=as_sent(one)), "rows") == 100


def test_member_under_another_key_than_at_first_sight_is_refused(tmp_path: Path) -> None:
    market = MembersMarket()
    job = delivered(market, {}, honest)
    home = ClientHome(tmp_path)
    check_pin(home, "member", f"{market.name} {CAROL.organisation}", a_key("mallory").public.hex)
    data = deliver_result(market.platform, market.olga, job.job)
    seeing = expected_of(market, job, pin=lambda kind, name, key: check_pin(home, kind, name, key))
    with pytest.raises(Refused) as refused:
        check_bundle(data, seeing)
    assert refused.value.code == "member-key-changed"


def compared(home: ClientHome, market: MembersMarket) -> None:
    """Every member's key, as a person compared it."""
    for member in market.agreement.members:
        name = f"{market.name} {member.organisation}"
        check_pin(home, "member", name, member.owner_key)
        fingerprint_of = PublicKey.parse(member.owner_key).fingerprint()
        pin_compared(home, "member", name, fingerprint_of, may_replace=False)


def shown(market: MembersMarket) -> dict[str, Any]:
    documents: dict[str, Any] = wire.to_json(documents_of(market.consortium))
    return documents


def test_nothing_is_signed_for_members_nobody_has_compared(tmp_path: Path) -> None:
    market, home = MembersMarket(), ClientHome(tmp_path)
    signer = a_key("olga").public
    with pytest.raises(Refused) as refused:
        shown_source(home, market.name, shown(market), signer=signer)
    assert refused.value.code == "member-key-not-compared"
    compared(home, market)
    source = shown_source(home, market.name, shown(market), signer=signer)
    assert source.parties == market.agreement.parties
    assert source == source_of_agreement(market.agreement)


def test_nobody_the_agreement_does_not_name_signs(tmp_path: Path) -> None:
    market, home = MembersMarket(), ClientHome(tmp_path)
    compared(home, market)
    with pytest.raises(Refused) as refused:
        shown_source(home, market.name, shown(market), signer=a_key("bob").public)
    assert refused.value.code == "not-a-recipient"


UNLOCK = Secret(b"a long enough passphrase")


def again(market: MembersMarket) -> MembersMarket:
    """Another market of the same names, for the same recipient key."""
    fresh = MembersMarket()
    fresh.recipient = market.recipient
    return fresh


def test_result_is_kept_with_every_receipt_and_with_whose_agents_signed_them(
    tmp_path: Path,
) -> None:
    home, market = ClientHome(tmp_path), MembersMarket()
    keyring = Keyring(home, lambda: UNLOCK)
    write_private(home.identity_path, wrap(a_key("olga").seed(), UNLOCK, kind="identity"))
    # The first run of a market of the tests has one name.
    market.recipient = keyring.make_recipient(market.planned().job)
    market = again(market)
    job = delivered(market, {}, without(2))
    home.write_job(job.job, "request.json", market.document(job, "request").encode())
    data = deliver_result(market.platform, market.olga, job.job)
    platform_key = a_key("platform").public.hex
    with pytest.raises(Refused):
        open_job(home, keyring, job.job, data, platform_key=platform_key)
    result = open_job(
        home, keyring, job.job, data, platform_key=platform_key, accepts_unverified=True
    )
    assert len(result.receipts) == 2
    for one, party in zip(result.receipts, job.parties, strict=False):
        kept = home.read_job(job.job, one.file)
        assert kept is not None
        receipt = verify_receipt(kept)
        assert receipt.agent_key == party
        known = require_agent_key(home, receipt.receipt.names, receipt.agent_key, given=None)
        assert known == "pinned"
    with pytest.raises(Refused):
        require_agent_key(home, (market.name,), a_key("mallory").public.hex, given=None)
