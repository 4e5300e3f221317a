"""Members that accept no connection meet at a relay, which sees nothing but TLS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from world.loopback import free_port
from world.mpc_members import PATIENT, Cast, Worker, blame, probe
from world.relay_server import BEARER, relaying

from crypto.errors import ParameterError
from crypto.link_token import link_token
from crypto.secret import Secret

Start = Callable[..., Worker]


@pytest.mark.processes
@pytest.mark.parametrize("without_address", [(1, 2, 3), (2,), (3,)])
def test_members_without_an_address_meet_at_the_relay(
    without_address: tuple[int, ...], start: Start
) -> None:
    cast = Cast.of(3, without_address=without_address)
    long_messages = probe(rounds=2, bytes=300_000)
    with relaying() as relay:
        members = [
            start(
                cast.session(
                    point,
                    relay=relay.url,
                    relay_bearer=Secret(BEARER.encode()),
                    program=long_messages,
                )
            )
            for point in (1, 2, 3)
        ]
        for member in members:
            member.until("connected")
            member.go()
        assert {member.end()["event"] for member in members} == {"done"}
        pairs = [
            (one, other)
            for one, other in ((1, 2), (1, 3), (2, 3))
            if one in without_address or other in without_address
        ]
        tokens = [link_token(cast.seal, one, other) for one, other in pairs]
        assert sorted(path.rsplit("/", 1)[1] for path in relay.paths) == sorted(tokens * 2)
        assert max(map(len, relay.frames)) <= 64 * 1024
        passed = b"".join(relay.frames)
        assert len(passed) > 4 * 300_000 * len(pairs)
        for said in (bytes.fromhex(cast.seal), *(bytes([point]) * 64 for point in (1, 2, 3))):
            assert said not in passed


@pytest.mark.processes
def test_relay_that_lets_nobody_in_is_named_as_the_reason(start: Start) -> None:
    cast = Cast.of(3, without_address=(2,))
    with relaying() as relay:
        member = start(
            cast.session(
                2,
                relay=relay.url,
                relay_bearer=Secret(b"another"),
                deadlines=replace(PATIENT, connect_seconds=3),
            )
        )
        told = member.end()
    assert blame(told) == ("connect", 0, "member-absent")
    assert "relay answered 401" in told["reason"]


@pytest.mark.processes
def test_relay_that_is_not_there_is_named_as_the_reason(start: Start) -> None:
    cast = Cast.of(3, without_address=(2,))
    nowhere = f"ws://127.0.0.1:{free_port()}/api/v1/sessions/job/relay"
    deadlines = replace(PATIENT, connect_seconds=3)
    told = start(cast.session(2, relay=nowhere, deadlines=deadlines)).end()
    assert blame(told) == ("connect", 0, "member-absent")
    assert "relay: connection refused" in told["reason"]


def test_both_members_derive_one_token_and_no_other_pair_does() -> None:
    tokens = {
        link_token("ab" * 32, one, other)
        for one in (1, 2, 3)
        for other in (1, 2, 3)
        if one != other
    }
    assert len(tokens) == 3
    assert link_token("ab" * 32, 1, 2) != link_token("cd" * 32, 1, 2)
    assert all(len(token) == 64 for token in tokens)


@pytest.mark.parametrize(("one", "other"), [(1, 1), (0, 1), (2, -1)])
def test_link_joins_two_members(one: int, other: int) -> None:
    with pytest.raises(ParameterError):
        link_token("ab" * 32, one, other)
