"""The table of market.airflow.single_sign_on.rights, cell by cell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.consortium_builders import CONSORTIUM, a_consortium, a_proposal
from world.memory.consortia import MemoryConsortia
from world.memory.people import MemoryPeople
from world.people import OLGA as OLGA_OF_CLINICS

from market.airflow.names import PLATFORM_USER
from market.airflow.single_sign_on.known_users import KnownUsers
from market.airflow.single_sign_on.rights import (
    PLATFORM,
    Standing,
    may_answer_wait,
    may_see_view,
    may_use_dag,
    shown_menu,
    standing_of,
)
from market.entities.consortium import ConsortiumState
from market.entities.people import Organisation, Role, User

OWN, OTHER = "submit_north-lab", "submit_rival-lab"
SHARED = f"consortium_{CONSORTIUM}_1"


def standing(user: str, *roles: Role, organisation: str = "north-lab") -> Standing:
    return standing_of(User(user, organisation, user, roles, "", is_active=True), ())


def member(until: ConsortiumState, *roles: Role) -> Standing:
    """A user of a member of a consortium that has come so far."""
    return standing_of(replace(OLGA_OF_CLINICS, roles=roles), [a_consortium(until)])


ADA = standing("ada", "administrator", organisation="harbour")
BOB = standing("bob", "buyer")
OLGA = standing("olga", "owner")


@pytest.mark.parametrize(
    ("method", "entity", "allowed"),
    [
        ("GET", None, True),
        ("GET", "RUN", True),
        ("GET", "TASK_LOGS", True),
        ("GET", "CODE", False),
        ("POST", "RUN", True),
        ("POST", None, False),
        ("PUT", None, False),
        ("PUT", "RUN", False),
        ("PUT", "TASK_INSTANCE", False),
        ("PUT", "HITL_DETAIL", False),
        ("DELETE", "RUN", False),
    ],
)
def test_buyer_reads_and_triggers_his_own_dag_only(
    method: str, entity: str | None, allowed: bool
) -> None:
    assert may_use_dag(BOB, method, entity, OWN) is allowed
    assert not may_use_dag(BOB, method, entity, OTHER)
    assert not may_use_dag(BOB, method, entity, "warm_up")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("entity", [None, "RUN", "HITL_DETAIL", "CODE"])
def test_owner_has_no_dag_even_in_a_buying_organisation(method: str, entity: str | None) -> None:
    assert not may_use_dag(OLGA, method, entity, OWN)


@pytest.mark.parametrize("role", ["buyer", "owner"])
def test_member_reads_and_triggers_the_dag_of_their_agreement(role: Role) -> None:
    who = member("agreed", role)
    assert may_use_dag(who, "GET", None, SHARED)
    assert may_use_dag(who, "GET", "TASK_LOGS", SHARED)
    assert may_use_dag(who, "POST", "RUN", SHARED)
    assert not may_use_dag(who, "GET", "CODE", SHARED)
    assert not may_use_dag(who, "PUT", "TASK_INSTANCE", SHARED)


def test_neither_outsider_nor_member_of_another_consortium_has_a_shared_dag() -> None:
    elsewhere = a_consortium("agreed", a_proposal(consortium="other-clinics"))
    for who in (BOB, OLGA, standing_of(OLGA_OF_CLINICS, [elsewhere])):
        for method in ("GET", "POST", "PUT", "DELETE"):
            for entity in (None, "RUN", "TASK_LOGS"):
                assert not may_use_dag(who, method, entity, SHARED)
    # Ids that begin alike, and another agreement of the same members, are others.
    assert not may_use_dag(member("agreed", "owner"), "GET", None, SHARED + "1")
    assert not may_use_dag(member("agreed", "owner"), "GET", None, f"consortium_{CONSORTIUM}_2")


@pytest.mark.parametrize(
    ("until", "allowed"),
    [("proposed", False), ("joined", False), ("agreed", True), ("ended", True)],
)
def test_who_is_only_invited_sees_nothing_yet(until: ConsortiumState, allowed: bool) -> None:
    assert may_use_dag(member(until, "owner"), "GET", "RUN", SHARED) is allowed


def test_member_without_a_role_in_the_market_has_no_shared_dag() -> None:
    assert not may_use_dag(member("agreed"), "GET", None, SHARED)


def test_organisation_whose_name_begins_alike_is_another() -> None:
    assert not may_use_dag(standing("eve", "buyer", organisation="north"), "GET", None, OWN)
    assert not may_use_dag(BOB, "GET", None, OWN + "-annex")


@pytest.mark.parametrize("who", [BOB, OLGA, PLATFORM])
def test_lists_are_for_reading_and_the_audit_log_for_administrators(who: Standing) -> None:
    assert may_use_dag(who, "GET", None, None)
    assert not may_use_dag(who, "GET", "AUDIT_LOG", None)
    for method in ("POST", "PUT", "DELETE"):
        assert not may_use_dag(who, method, None, None)
    assert may_use_dag(ADA, "GET", "AUDIT_LOG", None)


def test_platform_ends_waits_and_neither_triggers_nor_changes_runs() -> None:
    assert may_use_dag(PLATFORM, "PUT", "TASK_INSTANCE", OWN)
    assert may_use_dag(PLATFORM, "GET", "RUN", OTHER)
    assert may_use_dag(PLATFORM, "PUT", "TASK_INSTANCE", SHARED)
    assert not may_use_dag(PLATFORM, "POST", "RUN", SHARED)
    assert may_use_dag(PLATFORM, "POST", "RUN", "warm_up")
    assert not may_use_dag(PLATFORM, "POST", "RUN", OWN)
    assert not may_use_dag(PLATFORM, "PUT", "TASK_INSTANCE", "warm_up")
    assert not may_use_dag(PLATFORM, "PUT", "RUN", OWN)
    assert not may_use_dag(PLATFORM, "GET", None, "health__analysis")


def test_nobody_but_the_platform_ends_a_wait() -> None:
    assert may_answer_wait(PLATFORM, {PLATFORM_USER})
    for who in (ADA, BOB, OLGA):
        assert not may_answer_wait(who, {who.user, PLATFORM_USER})


def test_administrator_sees_everything_a_buyer_his_dags() -> None:
    assert may_see_view(ADA, "JOBS")
    assert not may_see_view(BOB, "JOBS")
    assert shown_menu(BOB, ["Dags", "Variables", "Connections"]) == ["Dags"]
    assert shown_menu(ADA, ["Dags", "Variables"]) == ["Dags", "Variables"]


def test_right_taken_away_ends_with_the_next_request() -> None:
    people = MemoryPeople()
    people.add_organisation(Organisation("north-lab", "North Lab"))
    people.add_user(
        User("bob", "north-lab", "Bob", ("buyer",), "", is_active=True), "copper-lantern-orchid-42"
    )
    known = KnownUsers(lambda: people, MemoryConsortia, lambda: 1_000)
    assert known.standing("bob", "") == BOB
    people.set_roles("bob", ("owner",))
    assert known.standing("bob", "") == standing("bob", "owner")
    people.set_active("bob", False)
    assert known.standing("bob", "") is None
    assert known.standing("nobody", "") is None
    assert known.standing("bob", "no session of that name") is None
    assert known.standing(PLATFORM_USER, "") == PLATFORM
