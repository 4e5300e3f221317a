"""What an agent keeps of a consortium is verified whenever it is read; nothing else counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.builders import a_policy, sign
from world.consortium_builders import (
    CONSORTIUM,
    a_binding,
    a_consortium,
    a_join_proposal,
    a_proposal,
    agreement_of,
)
from world.members import a_member, an_agent_home
from world.people import CAROL, DORA, HUGO, OLGA

from market.errors import NotFound, Refused
from market.records.signed import record_hash
from market.vault.consortia import (
    drop_table,
    held_agreements,
    held_tables,
    keep_agreement,
    keep_table,
    read_membership,
)
from market.vault.layout import agreement_path, table_path
from market.vault.membership import KeptFile

FILE = KeptFile("/home/olga/table.csv", "ab" * 32, "dataset = …", "cd" * 32, 1)


def test_member_with_a_table_answers_once_it_is_bound(tmp_path: Path) -> None:
    member = a_member(tmp_path, OLGA.organisation, a_consortium())
    denied = member.membership.refusal()
    assert denied is not None
    assert denied.code == "table-unbound"
    signed = member.bind(FILE)
    membership = member.membership
    assert membership.refusal() is None
    assert membership.table is not None
    assert (membership.table.binding, membership.table.file) == (signed.record, FILE)
    assert membership.charged == (signed.record,)
    assert membership.named_hashes == (membership.agreement_hash, record_hash(signed.record))


def test_member_without_data_answers_and_charges_nobody(tmp_path: Path) -> None:
    member = a_member(tmp_path, HUGO.organisation, a_consortium(proposal=a_join_proposal()))
    membership = member.membership
    assert membership.refusal() is None
    assert (membership.charged, membership.named_hashes) == ((), (membership.agreement_hash,))
    receipted = membership.receipted
    assert (receipted.lineages, receipted.epoch) == ((), 0)
    assert receipted.manifest_hash == membership.agreement_hash


def test_policy_is_what_agreement_and_member_both_allow(tmp_path: Path) -> None:
    agreed = a_policy(statistics=("count", "mean"), job_rho_units=100, delta="0.001")
    own = a_policy(
        statistics=("mean", "sum"),
        job_rho_units=70,
        buyer_rho_units=50,
        budget_rho_units=60,
        approval="manual",
        delta="0.5",
    )
    member = a_member(tmp_path, OLGA.organisation, a_consortium(proposal=a_proposal(policy=agreed)))
    member.bind(policy=own)
    policy = member.membership.policy
    assert policy.statistics == ("mean",)
    assert (policy.job_rho_units, policy.buyer_rho_units, policy.budget_rho_units) == (70, 50, 60)
    assert (policy.approval, policy.delta) == ("manual", "0.001")


def test_agreement_that_a_member_left_is_not_computed_under(tmp_path: Path) -> None:
    member = a_member(tmp_path, HUGO.organisation, a_consortium(proposal=a_join_proposal()))
    keep_agreement(member.home, a_consortium("ended", a_join_proposal()))
    denied = member.membership.refusal()
    assert denied is not None
    assert denied.code == "agreement-ended"


def test_newer_agreement_takes_the_older_ones_place(tmp_path: Path) -> None:
    first = a_consortium(proposal=a_join_proposal())
    member = a_member(tmp_path, HUGO.organisation, first)
    second = a_join_proposal(number=2, previous=first.agreement_hash)
    keep_agreement(member.home, a_consortium(proposal=second))
    assert held_agreements(member.home) == [(CONSORTIUM, 1), (CONSORTIUM, 2)]
    denied = member.membership.refusal()
    assert denied is not None
    assert denied.code == "agreement-superseded"
    assert read_membership(member.home, CONSORTIUM, 2).refusal() is None


def test_agreement_that_is_not_here_is_said(tmp_path: Path) -> None:
    member = a_member(tmp_path, OLGA.organisation, a_consortium())
    with pytest.raises(NotFound, match="not-held"):
        read_membership(member.home, CONSORTIUM, 2)
    with pytest.raises(NotFound, match="not-held"):
        read_membership(member.home, "another", 1)
    with pytest.raises(Refused, match="dataset-malformed"):
        read_membership(member.home, "../datasets", 1)


def test_agreement_not_all_have_consented_to_is_damage(tmp_path: Path) -> None:
    member = a_member(tmp_path, OLGA.organisation, a_consortium("joined"))
    with pytest.raises(Refused, match=r"holding-damaged.*not all have consented"):
        member.membership  # noqa: B018 - reading it is the test


def test_agreement_of_other_members_is_damage(tmp_path: Path) -> None:
    consortium = a_consortium()
    home = an_agent_home(tmp_path / "stranger", "a stranger's agent")
    keep_agreement(home, consortium)
    with pytest.raises(Refused, match=r"holding-damaged.*no member's"):
        read_membership(home, CONSORTIUM, 1)


@pytest.mark.parametrize("damage", ["one byte", "another number", "a consent less"])
def test_altered_agreement_is_damage(tmp_path: Path, damage: str) -> None:
    member = a_member(tmp_path, OLGA.organisation, a_consortium())
    path = agreement_path(member.home, CONSORTIUM, 1)
    match damage:
        case "one byte":
            data = (path / "agreement.json").read_bytes()
            (path / "agreement.json").write_bytes(data.replace(b"Visits everywhere", b"Rows"))
        case "another number":
            other = a_consortium(proposal=a_proposal(number=2))
            keep_agreement(member.home, other)
            (path.parent / "2" / "agreement.json").replace(path / "agreement.json")
        case _:
            consortium = a_consortium(bound=False)
            keep_agreement(member.home, replace(consortium, consents=consortium.consents[1:]))
    with pytest.raises(Refused, match="holding-damaged"):
        member.membership  # noqa: B018 - reading it is the test


@pytest.mark.parametrize(
    "changes",
    [
        {"agreement_hash": "0" * 64},
        {"schema_digest": "0" * 64},
        {"version": 2},
        {"agent": a_binding(agreement_of(a_consortium()), CAROL.organisation).agent},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_binding_of_something_else_is_damage(tmp_path: Path, changes: dict[str, object]) -> None:
    member = a_member(tmp_path, OLGA.organisation, a_consortium())
    member.bind()
    path = table_path(member.home, CONSORTIUM, 1, 1) / "binding.json"
    record = a_binding(agreement_of(member.consortium), OLGA.organisation, **changes)
    path.write_bytes(sign(record, by="olga").encode())
    with pytest.raises(Refused, match="holding-damaged"):
        member.membership  # noqa: B018 - reading it is the test


def test_binding_under_another_members_key_is_damage(tmp_path: Path) -> None:
    member = a_member(tmp_path, OLGA.organisation, a_consortium())
    signed = member.bind()
    path = table_path(member.home, CONSORTIUM, 1, 1) / "binding.json"
    path.write_bytes(sign(signed.record, by="dora").encode())
    with pytest.raises(Refused, match="holding-damaged"):
        member.membership  # noqa: B018 - reading it is the test


def test_newest_bound_table_counts_and_a_pending_one_does_not(tmp_path: Path) -> None:
    member = a_member(tmp_path, DORA.organisation, a_consortium())
    member.bind()
    newer = a_binding(agreement_of(member.consortium), DORA.organisation, version=2)
    pending = sign(newer, by="dora")
    keep_table(member.home, member.membership, pending, FILE)
    assert [held.is_bound for held in held_tables(member.home, member.membership)] == [True, False]
    assert member.membership.charged[0].version == 1
    drop_table(member.home, member.membership, 2)
    assert [held.is_bound for held in held_tables(member.home, member.membership)] == [True]
    member.bind(version=2)
    assert member.membership.charged[0].version == 2
