"""market.ports.people.People, on every implementation."""

from __future__ import annotations

import pytest
from world.people import a_key, fingerprint

from market.entities.overview import AgentSeen
from market.entities.people import NewToken, Organisation, Role, Token, User, WebSession
from market.errors import Conflict, NotFound, Refused
from market.ports.people import People, hash_of, session_id_of

NOW = 1_800_000_000
HOUR = 3_600
PASSWORD = "four unrelated words"
NORTH = Organisation("north-lab", "The northern laboratory")


def a_user(name: str = "ada", roles: tuple[Role, ...] = ("buyer",), key: str = "") -> User:
    return User(name, "north-lab", name.title(), roles, key, True)


def with_user(people: People, name: str = "ada", roles: tuple[Role, ...] = ("buyer",)) -> User:
    people.add_organisation(NORTH)
    people.add_user(a_user(name, roles), PASSWORD)
    return people.user(name)


def test_organisation_again_changes_nothing_but_not_under_another_name(people: People) -> None:
    people.add_organisation(NORTH)
    people.add_organisation(NORTH)
    with pytest.raises(Conflict, match="organisation-exists"):
        people.add_organisation(Organisation("north-lab", "Impostors"))
    people.add_organisation(Organisation("a-clinic", "A clinic"))
    assert people.organisation("north-lab") == NORTH
    assert [found.organisation for found in people.organisations()] == ["a-clinic", "north-lab"]
    with pytest.raises(NotFound, match="no-organisation"):
        people.organisation("south-lab")


def test_user_is_stored_with_roles_in_their_order(people: People) -> None:
    people.add_organisation(NORTH)
    user = a_user(roles=("owner", "buyer"), key=a_key("ada").public.hex)
    people.add_user(user, PASSWORD)
    people.add_user(a_user("abel", ()), PASSWORD)
    assert people.user("ada") == user
    assert [found.user for found in people.users()] == ["abel", "ada"]


def test_second_user_of_a_name_is_a_conflict(people: People) -> None:
    with_user(people)
    with pytest.raises(Conflict, match="user-exists"):
        people.add_user(a_user(roles=("administrator",)), "other unrelated words")
    assert people.user("ada").roles == ("buyer",)
    assert people.check_password("ada", "other unrelated words", now=NOW) is None


def test_user_of_an_unknown_organisation_is_not_found(people: People) -> None:
    with pytest.raises(NotFound, match="no-organisation"):
        people.add_user(a_user(), PASSWORD)


def test_unknown_user_is_not_found(people: People) -> None:
    for act in (
        lambda: people.user("eve"),
        lambda: people.set_password("eve", PASSWORD),
        lambda: people.set_roles("eve", ()),
        lambda: people.set_active("eve", True),
        lambda: people.set_identity_key("eve", a_key("eve").public.hex),
        lambda: people.open_session("eve", now=NOW),
        lambda: people.issue_token("eve", (), "", now=NOW, lifetime_seconds=1),
    ):
        with pytest.raises(NotFound, match="no-user"):
            act()


@pytest.mark.parametrize("password", ["short", "ada and nothing", "Password123!", "1234567890"])
def test_weak_password_is_refused_and_not_shown(people: People, password: str) -> None:
    with_user(people)
    with pytest.raises(Refused, match="weak-password") as refused:
        people.set_password("ada", password)
    assert password not in str(refused.value)
    with pytest.raises(Refused, match="weak-password"):
        people.add_user(a_user("adamantine"), password.replace("ada ", "adamantine "))
    assert people.check_password("ada", PASSWORD, now=NOW) is not None


def test_right_password_gives_the_user_and_a_wrong_one_nobody(people: People) -> None:
    user = with_user(people)
    assert people.check_password("ada", PASSWORD, now=NOW) == user
    assert people.check_password("ada", PASSWORD + " ", now=NOW) is None
    assert people.check_password("eve", PASSWORD, now=NOW) is None


def test_right_password_opens_a_session_or_makes_a_token(people: People) -> None:
    user = with_user(people)
    session = people.sign_in("ada", PASSWORD, now=NOW)
    assert session is not None
    assert people.session_user(session, now=NOW) == user
    scopes = ("client", "agent")
    told: list[User] = []
    new = NewToken("ab" * 8, "cli", scopes, NOW + HOUR)
    token = people.sign_in_program("ada", PASSWORD, new, now=NOW, announce=told.append)
    assert token is not None
    assert told == [user]
    assert people.tokens("ada") == [Token("ab" * 8, "cli", scopes, NOW + HOUR, NOW, None)]
    assert people.token_user(token, now=NOW + HOUR - 1) == (user, scopes)
    assert people.token_user(token, now=NOW + HOUR) is None
    for name, password in (("ada", PASSWORD + " "), ("eve", PASSWORD)):
        assert people.sign_in(name, password, now=NOW) is None
        refused = people.sign_in_program(name, password, new, now=NOW, announce=told.append)
        assert (refused, told) == (None, [user])


def test_inactive_user_does_not_sign_in(people: People) -> None:
    with_user(people)
    session = people.open_session("ada", now=NOW)
    token = people.issue_token("ada", ("client",), "laptop", now=NOW, lifetime_seconds=HOUR)
    people.set_active("ada", False)
    assert people.check_password("ada", PASSWORD, now=NOW) is None
    assert people.token_user(token, now=NOW) is None
    people.set_active("ada", True)
    assert people.check_password("ada", PASSWORD, now=NOW) is not None
    assert people.session_user(session, now=NOW) is None
    assert people.hashed_session_user(hash_of(session), now=NOW) is None
    assert people.token_user(token, now=NOW) is None


def test_new_password_ends_sessions_tokens_and_the_old_password(people: People) -> None:
    with_user(people)
    people.add_user(a_user("abel"), PASSWORD)
    session = people.open_session("ada", now=NOW)
    tokens = [
        people.issue_token(user, ("agent",), "", now=NOW, lifetime_seconds=HOUR)
        for user in ("ada", "abel")
    ]
    people.set_password("ada", "quite other words")
    assert people.token_user(tokens[0], now=NOW) is None
    assert people.token_user(tokens[1], now=NOW) is not None
    assert people.session_user(session, now=NOW) is None
    assert people.check_password("ada", PASSWORD, now=NOW) is None
    assert people.check_password("ada", "quite other words", now=NOW) is not None


@pytest.mark.parametrize("name", ["ada", "nobody-of-that-name"])
def test_sixth_attempt_after_five_failures_waits_whether_the_name_exists_or_not(
    people: People, name: str
) -> None:
    with_user(people)
    for _ in range(5):
        assert people.check_password(name, "wrong words here", now=NOW) is None
    with pytest.raises(Refused, match=r"too-many-attempts: .* 15 seconds"):
        people.check_password(name, PASSWORD, now=NOW)
    with pytest.raises(Refused, match=r"too-many-attempts: .* 1 seconds"):
        people.check_password(name, PASSWORD, now=NOW + 14)
    assert people.check_password(name, "wrong words here", now=NOW + 15) is None
    with pytest.raises(Refused, match=r"too-many-attempts: .* 30 seconds"):
        people.check_password(name, PASSWORD, now=NOW + 15)


def test_waits_of_one_name_do_not_stop_another(people: People) -> None:
    user = with_user(people)
    for _ in range(5):
        people.check_password("eve", PASSWORD, now=NOW)
    assert people.check_password("ada", PASSWORD, now=NOW) == user


def test_success_forgets_the_failures_before_it(people: People) -> None:
    user = with_user(people)
    for _ in range(3):
        for _ in range(4):
            assert people.check_password("ada", "wrong words here", now=NOW) is None
        assert people.check_password("ada", PASSWORD, now=NOW) == user


def test_failures_are_forgotten_after_a_day(people: People) -> None:
    user = with_user(people)
    for _ in range(5):
        people.check_password("ada", "wrong words here", now=NOW)
    assert people.check_password("ada", "wrong words here", now=NOW + 24 * HOUR) is None
    assert people.check_password("ada", PASSWORD, now=NOW + 24 * HOUR) == user


HERE, ELSEWHERE = "203.0.113.7", "198.51.100.1"
WRONG = "wrong words here"


def fail(people: People, user: str, network: str, *, times: int = 1) -> None:
    for _ in range(times):
        assert people.check_password(user, WRONG, now=NOW, network=network) is None


def test_failures_at_another_network_do_not_stop_a_person_at_theirs(people: People) -> None:
    user = with_user(people)
    fail(people, "ada", ELSEWHERE, times=5)
    with pytest.raises(Refused, match="too-many-attempts"):
        people.check_password("ada", PASSWORD, now=NOW, network=ELSEWHERE)
    assert people.check_password("ada", PASSWORD, now=NOW, network=HERE) == user


def test_many_networks_stop_a_name_but_not_where_it_is_known(people: People) -> None:
    user = with_user(people)
    assert people.sign_in("ada", PASSWORD, now=NOW, network=HERE) is not None
    for number in range(50):
        fail(people, "ada", f"198.51.100.{number}")
    with pytest.raises(Refused, match=r"too-many-attempts: .* 15 seconds"):
        people.check_password("ada", PASSWORD, now=NOW, network="192.0.2.1")
    assert people.check_password("ada", PASSWORD, now=NOW, network=HERE) == user


@pytest.mark.parametrize("seconds", [-1, 0])
def test_network_knows_a_person_for_ninety_days(people: People, seconds: int) -> None:
    user = with_user(people)
    signed_in_at = NOW - 90 * 24 * HOUR - seconds
    assert people.check_password("ada", PASSWORD, now=signed_in_at, network=HERE) == user
    for number in range(50):
        fail(people, "ada", f"198.51.100.{number}")
    if seconds < 0:
        assert people.check_password("ada", PASSWORD, now=NOW, network=HERE) == user
    else:
        with pytest.raises(Refused, match="too-many-attempts"):
            people.check_password("ada", PASSWORD, now=NOW, network=HERE)


def test_one_network_at_many_names_waits_and_others_do_not(people: People) -> None:
    user = with_user(people)
    for number in range(50):
        fail(people, f"name-{number}", ELSEWHERE)
    with pytest.raises(Refused, match=r"too-many-attempts: .* 15 seconds"):
        people.check_password("ada", PASSWORD, now=NOW, network=ELSEWHERE)
    assert people.check_password("ada", PASSWORD, now=NOW, network=HERE) == user


def test_success_takes_its_own_failures_off_its_network_and_no_others(people: People) -> None:
    user = with_user(people)
    people.add_user(a_user("abel"), PASSWORD)
    for number in range(45):
        fail(people, f"name-{number}", HERE)
    for _ in range(3):
        fail(people, "ada", HERE, times=4)
        assert people.check_password("ada", PASSWORD, now=NOW, network=HERE) == user
    fail(people, "eve", HERE, times=5)
    with pytest.raises(Refused, match="too-many-attempts"):
        people.check_password("abel", PASSWORD, now=NOW, network=HERE)


def test_session_lives_while_used_but_twelve_hours_at_most(people: People) -> None:
    user = with_user(people)
    session = people.open_session("ada", now=NOW)
    for hour in range(12):
        assert people.session_user(session, now=NOW + hour * HOUR) == user
    assert people.session_user(session, now=NOW + 12 * HOUR - 1) == user
    assert people.session_user(session, now=NOW + 12 * HOUR) is None


def test_session_ends_after_two_idle_hours(people: People) -> None:
    with_user(people)
    session = people.open_session("ada", now=NOW)
    assert people.session_user(session, now=NOW + HOUR) is not None
    assert people.session_user(session, now=NOW + 3 * HOUR) is None


def test_session_is_known_by_its_hash_and_not_kept_alive_by_it(people: People) -> None:
    user = with_user(people)
    session = people.open_session("ada", now=NOW)
    session_hash = hash_of(session)
    assert session not in session_hash
    assert people.hashed_session_user(session_hash, now=NOW + HOUR) == user
    assert people.hashed_session_user(session, now=NOW) is None
    assert people.hashed_session_user(session_hash, now=NOW + 2 * HOUR) is None
    assert people.session_user(session, now=NOW + 2 * HOUR) is None


def test_closed_or_unknown_session_is_nobody(people: People) -> None:
    with_user(people)
    first, second = (people.open_session("ada", now=NOW) for _ in range(2))
    assert first != second
    people.close_session(first)
    people.close_session("never opened")
    assert people.session_user(first, now=NOW) is None
    assert people.session_user("", now=NOW) is None
    assert people.session_user(second, now=NOW) is not None


def test_token_carries_its_scopes_until_it_expires(people: People) -> None:
    user = with_user(people)
    token = people.issue_token("ada", ("client", "owner"), "cli", now=NOW, lifetime_seconds=HOUR)
    assert token.startswith("mkt_")
    assert len(token) == 4 + 43
    assert people.token_user(token, now=NOW + HOUR - 1) == (user, ("client", "owner"))
    assert people.token_user(token, now=NOW + HOUR) is None
    assert people.token_user(token[:-1], now=NOW) is None


def test_agents_are_last_seen_with_any_of_their_tokens_to_the_minute(people: People) -> None:
    with_user(people)
    with_user(people, "olga")
    people.issue_token("ada", ("client",), "laptop", now=NOW, lifetime_seconds=HOUR)
    assert people.agents_seen() == []
    first, second = (
        people.issue_token("olga", ("agent",), "site", now=NOW, lifetime_seconds=HOUR)
        for _ in range(2)
    )
    assert people.agents_seen() == [AgentSeen("olga", None)]
    people.token_user(first, now=NOW + 100)
    people.token_user(first, now=NOW + 159)
    assert people.agents_seen() == [AgentSeen("olga", NOW + 100)]
    people.token_user(second, now=NOW + 30)
    assert people.agents_seen() == [AgentSeen("olga", NOW + 100)]
    people.token_user(first, now=NOW + 160)
    assert people.agents_seen() == [AgentSeen("olga", NOW + 160)]


def test_tokens_are_listed_and_revoked_one_by_one(people: People) -> None:
    with_user(people)
    people.add_user(a_user("abel"), PASSWORD)
    first = people.issue_token("ada", ("client",), "laptop", now=NOW, lifetime_seconds=HOUR)
    second = people.issue_token("ada", (), "agent", now=NOW + 1, lifetime_seconds=HOUR)
    one, two = people.tokens("ada")
    assert one == Token(one.token_id, "laptop", ("client",), NOW + HOUR, NOW, None)
    people.revoke_token("abel", one.token_id)
    assert people.token_user(first, now=NOW + 90) is not None
    assert [token.used_at for token in people.tokens("ada")] == [NOW + 90, None]
    people.revoke_token("ada", one.token_id)
    assert people.token_user(first, now=NOW) is None
    assert people.token(second) == two
    assert people.token("mkt_unknown") is None
    people.revoke_token("ada", two.token_id)
    assert people.tokens("ada") == []
    assert two.token_id != one.token_id


def test_what_stops_an_announced_token_leaves_none(people: People) -> None:
    with_user(people)

    def stop(_user: User) -> None:
        raise Refused("full", "No room.", "Make room.")

    new = NewToken("ab" * 8, "cli", ("client",), NOW + HOUR)
    with pytest.raises(Refused, match="full"):
        people.sign_in_program("ada", PASSWORD, new, now=NOW, announce=stop)
    assert people.tokens("ada") == []


def test_sessions_are_listed_while_they_live_and_ended_one_by_one(people: People) -> None:
    with_user(people)
    people.add_user(a_user("abel"), PASSWORD)
    first = people.sign_in("ada", PASSWORD, now=NOW, client="Firefox on Linux")
    second = people.open_session("ada", now=NOW + HOUR)
    assert first is not None
    assert people.session_user(first, now=NOW + HOUR) is not None
    newest, oldest = people.sessions("ada", now=NOW + HOUR)
    assert newest == WebSession(session_id_of(hash_of(second)), "", NOW + HOUR, NOW + HOUR)
    assert oldest == WebSession(session_id_of(hash_of(first)), "Firefox on Linux", NOW, NOW + HOUR)
    for user, session_id in (("abel", newest.session_id), ("ada", "%"), ("ada", "")):
        people.end_session(user, session_id)
    people.end_session("ada", newest.session_id)
    assert people.session_user(second, now=NOW + HOUR) is None
    assert people.sessions("ada", now=NOW + HOUR) == [oldest]
    assert people.sessions("ada", now=NOW + 3 * HOUR) == []


def test_identity_key_is_found_by_fingerprint_and_belongs_to_one(people: People) -> None:
    with_user(people)
    people.add_user(a_user("abel"), PASSWORD)
    people.set_identity_key("ada", a_key("ada").public.hex)
    people.set_identity_key("ada", a_key("ada").public.hex)
    found = people.by_identity_fingerprint(fingerprint("ada"))
    assert found is not None
    assert found.user == "ada"
    assert people.by_identity_fingerprint(fingerprint("abel")) is None
    with pytest.raises(Conflict, match="identity-of-another"):
        people.set_identity_key("abel", a_key("ada").public.hex)
    with pytest.raises(Conflict, match="identity-of-another"):
        people.add_user(a_user("eve", key=a_key("ada").public.hex), PASSWORD)
    assert people.user("abel").identity_key == ""


def test_roles_are_replaced(people: People) -> None:
    with_user(people)
    people.set_roles("ada", ("owner", "administrator", "owner"))
    assert people.user("ada").roles == ("owner", "administrator")
    people.add_user(a_user("abel", ("administrator",)), PASSWORD)
    people.set_roles("ada", ())
    assert people.user("ada").roles == ()


def test_last_active_administrator_stays(people: People) -> None:
    with_user(people, roles=("administrator",))
    people.add_user(a_user("abel", ("administrator", "buyer")), PASSWORD)
    people.set_active("abel", False)
    with pytest.raises(Conflict, match="last-administrator"):
        people.set_roles("ada", ("buyer",))
    with pytest.raises(Conflict, match="last-administrator"):
        people.set_active("ada", False)
    people.set_active("abel", True)
    people.set_active("ada", False)
    assert not people.user("ada").is_active


def test_names_are_of_those_there_are(people: People) -> None:
    with_user(people)
    names = people.names(["ada", "nobody"], ["north-lab", "nowhere"])
    assert (names.user("ada"), names.user("nobody")) == ("Ada", "nobody")
    assert names.organisation("north-lab") == NORTH.name
    assert names.organisation("nowhere") == "nowhere"
    assert people.names([], []).users == {}
