"""Before a session begins the agent has verified all of it again, and spent nothing."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world.builders import DAY, sign, text
from world.consortium_builders import a_consortium, a_join_proposal, agent_name, agent_of
from world.members import MemberAtHome, a_member, prepared_at, sealed_at, work_of
from world.members_live import DEADLINES
from world.members_market import MembersMarket
from world.people import CAROL, DORA, HUGO, OLGA, a_key

from crypto.mpc.certificates import certificate_der
from crypto.mpc.programs.fixed_list import PROGRAMS
from market.agent.sessions.inputs import allowance_seconds
from market.agent.sessions.prepare import judged_anew
from market.agent.sessions.run import Means, end_interrupted, run_session
from market.agent.sessions.specify import UnusableRelay, relay_of, specify
from market.entities.job import Job
from market.errors import Refused
from market.judgement.joining import make_join
from market.judgement.question import Distrusted, Work, read_question
from market.records.receipt import Receipt
from market.records.session import SessionAbort, SessionJoin
from market.records.signed import open_signed
from market.vault.consortia import keep_agreement
from market.vault.sessions import forget_ended, forget_identity, identity_for
from market.vault.settings import AgentSettings
from market.vault.store.replies import find_replies
from market.vault.store.sessions import charged_sessions, commit_charge


@pytest.fixture
def market() -> MembersMarket:
    return MembersMarket()


@pytest.fixture
def member(market: MembersMarket, tmp_path: Path) -> Iterator[MemberAtHome]:
    made = a_member(tmp_path, OLGA.organisation, market.consortium)
    made.bind()
    yield made
    made.store.close()


@pytest.fixture
def job(market: MembersMarket) -> Job:
    return market.requested()


@pytest.fixture
def work(market: MembersMarket, member: MemberAtHome, job: Job) -> Work:
    return sealed_at(market, member, job)


def with_join_of(work: Work, organisation: str, /, *, by: str, **changes: Any) -> Work:
    """Another joining in the place of a member's, signed by whom one likes."""
    joins = []
    for kept in work.joins:
        join = open_signed(SessionJoin, kept.encode()).record
        is_theirs = join.party == agent_of(organisation)
        joins.append(text(sign(replace(join, **changes), by=by)) if is_theirs else kept)
    return replace(work, joins=tuple(joins))


def test_members_make_the_seal_the_platform_made(
    market: MembersMarket, member: MemberAtHome, job: Job, work: Work
) -> None:
    prepared = prepared_at(market, member, work)
    assert prepared.session.seal == market.seal_of(job)
    assert prepared.program.name == "union"
    assert charged_sessions(member.store) == []


def test_worker_is_told_its_place_among_all(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    prepared = prepared_at(market, member, work)
    joins = tuple(
        text(sign(replace(join, certificate=a_certificate(member)), by=agent_name(organisation)))
        for organisation in market.consortium.organisations
        for join in prepared.session.joins.values()
        if join.party == agent_of(organisation) and join.party != member.membership.agent
    )
    own = tuple(kept for kept in work.joins if f'"{member.membership.agent}"' in kept)
    prepared = prepared_at(market, member, replace(work, joins=(*own[:1], *joins)))
    session = specify(member.home, prepared, DEADLINES)
    assert session.point == market.agreement.point_of(member.membership.agent)
    assert (session.threshold, session.is_verified) == (1, False)
    assert session.own.certificate == prepared.identity.certificate
    assert session.relay == f"ws://127.0.0.1:1/api/v1/sessions/{prepared.job}/relay"
    assert PROGRAMS[session.program.name](session.program.arguments)


@pytest.mark.parametrize(
    ("portal", "relay", "expected"),
    [
        ("https://market.example/", "", "wss://market.example"),
        ("https://market.example", "https://relay.example", "wss://relay.example"),
        ("http://127.0.0.1:8420", "http://127.0.0.1:8422", "ws://127.0.0.1:8422"),
        ("http://127.0.0.1:8420", "https://[::1]:8422", "wss://[::1]:8422"),
    ],
)
def test_links_meet_where_the_platform_says(
    work: Work, portal: str, relay: str, expected: str
) -> None:
    settings = AgentSettings(portal, "token", a_key("platform").public.hex)
    found = relay_of(settings, replace(work, relay=relay))
    assert found == f"{expected}/api/v1/sessions/{work.job}/relay"


@pytest.mark.parametrize(
    "relay",
    [
        "http://relay.example",
        "ws://relay.example",
        "relay.example",
        "https://relay.example/",
        "https://relay.example/elsewhere?",
        "https://user@relay.example",
        "https://relay.example\r\nX: y",
    ],
)
def test_relay_that_would_take_the_token_in_the_clear_or_is_none_is_refused(
    work: Work, relay: str
) -> None:
    settings = AgentSettings("https://market.example", "token", a_key("platform").public.hex)
    with pytest.raises(UnusableRelay, match="relay-address"):
        relay_of(settings, replace(work, relay=relay))


def test_session_that_would_meet_nowhere_ends_for_nothing(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    prepared = prepared_at(market, member, replace(work, relay="ftp://relay.example"))
    means = Means(member.home, member.store, secrets.token_bytes, lambda: market.now, DEADLINES)
    run_session(means, prepared, starts_at=lambda: 0.0, stop=threading.Event())
    reply = find_replies(member.store, work.job)["abort"]
    abort = open_signed(SessionAbort, reply.document.encode()).record
    assert (abort.stage, abort.code, abort.accused) == ("specify", "relay-address", "")
    assert reply.beside is None, "a receipt would say that it was charged"


def a_certificate(member: MemberAtHome) -> str:
    identity = identity_for(
        member.home, secrets.token_hex(32), now=1, until=2, entropy=secrets.token_bytes
    )
    assert certificate_der(identity.certificate)
    return identity.certificate


@pytest.mark.parametrize(
    "changes",
    [
        {"request_hash": "1" * 64},
        {"job": "job-000000000000"},
        {"agreement_hash": "2" * 64},
        {"address": "elsewhere:1"},
        {"address": ":65536"},
        {"address": ":٧"},
    ],
    ids=lambda changes: str(next(iter(changes.items()))),
)
def test_joining_of_something_else_is_distrusted(
    market: MembersMarket, member: MemberAtHome, work: Work, changes: dict[str, Any]
) -> None:
    by = agent_name(CAROL.organisation)
    with pytest.raises(Distrusted, match="cannot be sealed"):
        prepared_at(market, member, with_join_of(work, CAROL.organisation, by=by, **changes))


def test_joining_less_is_distrusted(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    with pytest.raises(Distrusted, match="cannot be sealed"):
        prepared_at(market, member, replace(work, joins=work.joins[1:]))


def test_another_certificate_of_this_agent_is_distrusted(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    changed = with_join_of(
        work, OLGA.organisation, by=agent_name(OLGA.organisation), certificate="another"
    )
    with pytest.raises(Distrusted, match="another certificate"):
        prepared_at(market, member, changed)


def test_joining_that_has_ended_is_refused(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    market.pass_days(2)
    with pytest.raises(Refused, match="joining-expired"):
        prepared_at(market, member, work)


def test_without_its_approval_nothing_begins(
    market: MembersMarket, member: MemberAtHome, job: Job, work: Work
) -> None:
    of_dora = market.approval_of(job, agent_of(DORA.organisation))
    for approval in (None, of_dora):
        with pytest.raises(Distrusted, match="approval"):
            prepared_at(market, member, replace(work, approval=approval))


def test_yes_said_twice_leaves_the_first_joining_good(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    """Whoever approves by hand and hears no answer approves again; the portal keeps the first."""
    question = prepared_at(market, member, work).question
    later = make_join(member.home, question, now=market.now + 1, entropy=secrets.token_bytes)
    prepared = prepared_at(market, member, work)
    own = prepared.session.joins[member.membership.agent]
    assert own.created_at < later.record.created_at
    assert own.certificate == later.record.certificate == prepared.identity.certificate


def test_lost_session_key_is_refused(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    prepared = prepared_at(market, member, work)
    forget_identity(member.home, prepared.question.request_hash)
    with pytest.raises(Refused, match="session-key-missing"):
        prepared_at(market, member, work)


def test_agreement_that_ended_meanwhile_is_refused(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    keep_agreement(member.home, a_consortium("ended"))
    with pytest.raises(Refused, match="agreement-ended"):
        prepared_at(market, member, work)


def test_agreement_that_ended_while_others_were_waited_for_is_not_charged(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    prepared = prepared_at(market, member, work)
    assert judged_anew(member.home, member.store, prepared, now=market.now) is prepared
    keep_agreement(member.home, a_consortium("ended"))
    with pytest.raises(Refused, match="agreement-ended"):
        judged_anew(member.home, member.store, prepared, now=market.now)


def test_table_bound_while_others_were_waited_for_is_not_charged_for_another(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    prepared = prepared_at(market, member, work)
    member.bind(version=2)
    with pytest.raises(Refused, match="table-changed"):
        judged_anew(member.home, member.store, prepared, now=market.now)


def test_unreconciled_agent_begins_nothing(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    member.store.set_unreconciled()
    with pytest.raises(Refused, match="agent-unreconciled"):
        prepared_at(market, member, work)


def test_second_run_with_one_approval_is_refused(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    prepared = prepared_at(market, member, work)
    nonce = prepared.approval.nonce
    commit_charge(
        member.store, prepared.run, prepared.allowed, approval_nonce=nonce, now=market.now
    )
    assert charged_sessions(member.store) == [prepared.run]
    with pytest.raises(Refused, match="request-answered"):
        commit_charge(
            member.store, prepared.run, prepared.allowed, approval_nonce=nonce, now=market.now
        )


def test_charge_whose_session_nobody_computes_any_more_ends_with_its_receipt(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    prepared = prepared_at(market, member, work)
    nonce, now = prepared.approval.nonce, market.now
    commit_charge(member.store, prepared.run, prepared.allowed, approval_nonce=nonce, now=now)
    means = Means(member.home, member.store, secrets.token_bytes, lambda: now, DEADLINES)
    assert end_interrupted(means, frozenset({work.job})) == 0
    assert end_interrupted(means) == 1
    receipt = find_replies(member.store, work.job)["abort"].beside
    assert receipt is not None
    assert open_signed(Receipt, receipt.encode()).record.rho_units == prepared.approve.rho_units
    assert end_interrupted(means) == 0


def test_smaller_tables_member_waits_until_the_larger_one_can_be_read(tmp_path: Path) -> None:
    joined = a_join_proposal()
    large, small = joined.schemas
    schemas = (replace(large, capacity_rows=10**6), replace(small, capacity_rows=10))
    market = MembersMarket(replace(joined, schemas=schemas))
    job = market.requested()
    waits = []
    for organisation in market.consortium.organisations:
        one = a_member(tmp_path, organisation, market.consortium)
        if one.membership.member.table is not None:
            one.bind()
        question = read_question(work_of(market, job, one.membership.agent), one.membership)
        waits.append(allowance_seconds(question.holding, question.need_price()))
        one.store.close()
    assert min(waits) == max(waits) > 5


def test_keys_of_requests_whose_time_is_over_are_dropped(
    market: MembersMarket, member: MemberAtHome, work: Work
) -> None:
    forget_ended(member.home, now=market.now)
    assert prepared_at(market, member, work)
    forget_ended(member.home, now=market.now + 9 * DAY)
    assert list(member.home.sessions_path.glob("*.key")) == []


@pytest.mark.parametrize("organisation", [HUGO.organisation, OLGA.organisation, CAROL.organisation])
def test_program_of_a_join_is_one_its_workers_take(tmp_path: Path, organisation: str) -> None:
    market = MembersMarket(a_join_proposal())
    member = a_member(tmp_path, organisation, market.consortium)
    if member.membership.member.table is not None:
        member.bind()
    question = """
def build(ds):
    return {
        "people": ds.count(),
        "age": ds["age"].mean(),
        "together": (ds["age"] * ds["spent"]).sum(),
        "insured": ds["insured"].sum(),
    }
"""
    work = sealed_at(market, member, market.requested(question, verified="yes"))
    prepared = prepared_at(market, member, work)
    program = PROGRAMS[prepared.program.name](prepared.program.arguments)
    assert program.needs_verification
    sides = prepared.program.arguments
    left, right = (
        market.agreement.point_of(agent_of(o)) for o in (OLGA.organisation, CAROL.organisation)
    )
    assert (sides["left"]["point"], sides["right"]["point"]) == (left, right)
    assert [bits for bits, _ in sides["left"]["columns"]] == [16, 1]
    assert [bits for bits, _ in sides["right"]["columns"]] == [16]
    assert len(sides["outputs"]) == len(prepared.price.outputs)
    member.store.close()
