from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from world.mpc_members import PATIENT, Cast

from crypto.errors import FormatError, ParameterError
from crypto.mpc.specification import (
    Address,
    ProgramCall,
    Session,
    ThresholdOutOfRange,
    TooFewMembers,
    dumps,
    loads,
)
from crypto.secret import Secret

CAST = Cast.of(5)
SESSION = CAST.session(2)


def test_session_is_read_as_it_was_told() -> None:
    session = CAST.session(4, relay="wss://market.example/api/relay", relay_bearer=Secret(b"token"))
    assert loads(dumps(session)) == session


def test_session_shows_no_secret() -> None:
    shown = repr(replace(SESSION, relay_bearer=Secret(b"bearer-of-relay")))
    assert "PRIVATE" not in shown
    assert "bearer-of-relay" not in shown


@pytest.mark.parametrize("members", [1, 2])
def test_consortium_of_two_is_too_small(members: int) -> None:
    with pytest.raises(TooFewMembers):
        replace(SESSION, peers=CAST.peers[:members], threshold=1)


@pytest.mark.parametrize("threshold", [-1, 0, 3])
def test_threshold_that_hides_nothing_or_leaves_no_honest_majority_is_refused(
    threshold: int,
) -> None:
    with pytest.raises(ThresholdOutOfRange):
        replace(SESSION, threshold=threshold)


NO_ADDRESS = tuple(replace(peer, address="") for peer in CAST.peers)


@pytest.mark.parametrize(
    "changes",
    [
        {"seal": "0" * 63},
        {"seal": "G" * 64},
        {"point": 0},
        {"point": 6},
        {"peers": CAST.peers[::-1]},
        {"peers": (*CAST.peers[:4], replace(CAST.peers[0], point=5))},
        {"peers": (*CAST.peers[:4], replace(CAST.peers[4], certificate="none"))},
        {"peers": (*CAST.peers[:4], replace(CAST.peers[4], address="somewhere"))},
        {"listen": ""},
        {"listen": "127.0.0.1"},
        {"peers": NO_ADDRESS, "listen": ""},
        {"relay": "https://market.example/relay"},
        {"relay": "wss://market.example/relay/"},
        {"program": ProgramCall("Union", {})},
        {"blocks": -1},
        {"blocks": 4_098},
        {"deadlines": replace(PATIENT, idle_seconds=0)},
        {"deadlines": replace(PATIENT, total_seconds=86401)},
    ],
)
def test_session_that_is_none_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        replace(SESSION, **changes)


def test_more_than_nine_members_are_refused() -> None:
    many = Cast.of(10)
    with pytest.raises(FormatError, match="at most 9"):
        many.session(1)


@pytest.mark.parametrize(
    "change",
    [
        {"seal": 5},
        {"point": "2"},
        {"point": True},
        {"is_verified": 1},
        {"peers": {}},
        {"peers": [1, 2, 3]},
        {"deadlines": {"connect_seconds": 1}},
        {"program": {"arguments": {}, "name": 7}},
        {"key": None},
        {"more": 1},
    ],
)
def test_line_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    told = json.loads(dumps(SESSION)) | change
    line = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises((FormatError, ParameterError)):
        loads(line)


def test_link_is_direct_where_both_declare_an_address() -> None:
    cast = Cast.of(4, without_address=(2,))
    session = cast.session(1, relay="ws://127.0.0.1:1/relay")
    assert [session.is_relayed(point) for point in (2, 3, 4)] == [True, False, False]
    assert all(cast.session(2, relay="ws://127.0.0.1:1/r").is_relayed(p) for p in (1, 3, 4))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.0.0.1:9000", Address("10.0.0.1", 9000)),
        ("mpc.hospital.example:65535", Address("mpc.hospital.example", 65535)),
        ("[::1]:1", Address("::1", 1)),
    ],
)
def test_address_is_host_and_port(text: str, address: Address) -> None:
    assert Address.parse(text) == address


@pytest.mark.parametrize(
    "text", ["", "host", "host:", "host:0", "host:65536", ":1", "::1:1", "a b:1", "host:1\n"]
)
def test_address_without_host_or_port_is_refused(text: str) -> None:
    with pytest.raises(FormatError):
        Address.parse(text)


def test_line_of_two_members_is_refused_as_too_small() -> None:
    told = json.loads(dumps(SESSION))
    told["peers"] = told["peers"][:2]
    with pytest.raises(TooFewMembers):
        loads(json.dumps(told, sort_keys=True, separators=(",", ":")).encode())


def test_session_is_of_one_type() -> None:
    assert isinstance(loads(dumps(SESSION)), Session)
