"""What a worker is told on its first line: one session, complete, in canonical JSON.

Rules: everything a worker does follows from it; what the members do not all agree on (keys,
addresses to listen at, the relay's token) is this member's own, the rest is covered by the seal. A
consortium of two, a threshold that a minority could reach, a peer without a certificate: refused
here, before any connection.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError, ParameterError
from crypto.mpc.certificates import SessionIdentity, certificate_der
from crypto.secret import Secret
from crypto.shamir import FEWEST_MEMBERS, MOST_MEMBERS

MAXIMUM_BLOCKS = 1 + 4_096
"""A table's people, and its columns (crypto.mpc.programs.join_arguments)."""
_SEAL = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9.\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(?P<port>\d{1,5})")
_RELAY = re.compile(r"wss?://[\x21-\x7e]{1,500}[^/]")
_LONGEST_SECONDS = 24 * 3600


class TooFewMembers(ParameterError):
    """Two members cannot hide anything from each other: a share is then the value itself."""


class ThresholdOutOfRange(ParameterError):
    """No minority is kept out, or no majority is left that is honest."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a member accepts connections for the session."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read host:port; an IPv6 host stands in brackets.

        Raises:
            FormatError: anything else.
        """
        match = _ADDRESS.fullmatch(text)
        if not match or not 0 < int(match["port"]) < 2**16:
            raise FormatError(f"address is {text[:80]!r}, expected host:port")
        return cls(match["host"].strip("[]"), int(match["port"]))


@dataclass(frozen=True, slots=True)
class Peer:
    """A member as the seal names it; `address` is empty where it accepts no connection."""

    point: int
    certificate: str
    address: str


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long to wait: for all to connect, for any sign of life, for the session to end."""

    connect_seconds: int
    idle_seconds: int
    total_seconds: int


@dataclass(frozen=True, slots=True)
class ProgramCall:
    """A program of the fixed list and its public arguments."""

    name: str
    arguments: Json


@dataclass(frozen=True, slots=True)
class Session:
    """One member's part of one session.

    `peers` are all members in order of their points, this one included; `listen` is where this
    member binds, which a firewall may map to its address; `relay` is the WebSocket URL under which
    tokens are names, and `relay_bearer` what opens it; `blocks` secret inputs follow on stdin.

    Raises:
        TooFewMembers: under three.
        ThresholdOutOfRange: under one, or a threshold and its complement are no minority.
        FormatError: anything else that is not a session.
    """

    seal: str
    point: int
    threshold: int
    is_verified: bool
    key: Secret
    peers: tuple[Peer, ...]
    listen: str
    relay: str
    relay_bearer: Secret
    deadlines: Deadlines
    blocks: int
    program: ProgramCall

    def __post_init__(self) -> None:
        _check_members(len(self.peers), self.threshold)
        if not _SEAL.fullmatch(self.seal):
            raise FormatError("seal is not 64 lower-case hex characters")
        if tuple(peer.point for peer in self.peers) != tuple(range(1, len(self.peers) + 1)):
            raise FormatError("peers are not in order of their points, from 1")
        if not 1 <= self.point <= len(self.peers):
            raise FormatError(f"point is {self.point}, expected 1 to {len(self.peers)}")
        if len({certificate_der(peer.certificate) for peer in self.peers}) != len(self.peers):
            raise FormatError("two members show one certificate")
        for address in (*(peer.address for peer in self.peers), self.listen):
            if address:
                Address.parse(address)
        self._check_own()

    def _check_own(self) -> None:
        if bool(self.listen) != bool(self.own.address):
            raise FormatError("a member listens where it declared an address, and only then")
        if self.relay and not _RELAY.fullmatch(self.relay):
            raise FormatError("relay is not a ws:// or wss:// URL without a slash at its end")
        if not self.relay and any(self.is_relayed(peer.point) for peer in self.others):
            raise FormatError("a member without an address needs a relay, and none is named")
        if not _NAME.fullmatch(self.program.name):
            raise FormatError("program has no name of the fixed list's form")
        if not 0 <= self.blocks <= MAXIMUM_BLOCKS:
            raise FormatError(f"{self.blocks} secret blocks, expected at most {MAXIMUM_BLOCKS}")
        for deadline in fields(self.deadlines):
            seconds = getattr(self.deadlines, deadline.name)
            if not 1 <= seconds <= _LONGEST_SECONDS:
                raise FormatError(f"{deadline.name} is {seconds}, expected 1 to {_LONGEST_SECONDS}")

    @property
    def members(self) -> int:
        """How many compute."""
        return len(self.peers)

    @property
    def own(self) -> Peer:
        """This member among the peers."""
        return self.peers[self.point - 1]

    @property
    def others(self) -> tuple[Peer, ...]:
        """The members this one connects to."""
        return tuple(peer for peer in self.peers if peer.point != self.point)

    @property
    def identity(self) -> SessionIdentity:
        """This member's key and certificate."""
        return SessionIdentity(self.key, self.own.certificate)

    def is_relayed(self, point: int) -> bool:
        """Whether the link to `point` goes through the relay: one of the two has no address."""
        return not (self.own.address and self.peers[point - 1].address)


def _check_members(members: int, threshold: int) -> None:
    if members < FEWEST_MEMBERS:
        raise TooFewMembers(f"{members} members compute, expected {FEWEST_MEMBERS} or more")
    if members > MOST_MEMBERS:
        raise FormatError(f"{members} members compute, expected at most {MOST_MEMBERS}")
    if not 1 <= threshold <= (members - 1) // 2:
        raise ThresholdOutOfRange(
            f"threshold is {threshold}, expected 1 to {(members - 1) // 2} of {members} members"
        )


def dumps(session: Session) -> bytes:
    """The one line a worker reads, without its newline; it holds the session's key."""
    return canonical.dumps(
        {
            "blocks": session.blocks,
            "deadlines": _as_json(session.deadlines),
            "is_verified": session.is_verified,
            "key": session.key.reveal().decode("ascii"),
            "listen": session.listen,
            "peers": [_as_json(peer) for peer in session.peers],
            "point": session.point,
            "program": _as_json(session.program),
            "relay": session.relay,
            "relay_bearer": session.relay_bearer.reveal().decode("ascii"),
            "seal": session.seal,
            "threshold": session.threshold,
        }
    )


def loads(line: bytes) -> Session:
    """Read what `dumps` wrote.

    Raises:
        TooFewMembers, ThresholdOutOfRange, FormatError: as for a Session.
    """
    told = _members_of(Session, canonical.loads(line))
    peers = told["peers"]
    if not isinstance(peers, list):
        raise FormatError("peers is no list")
    told["peers"] = tuple(Peer(**_members_of(Peer, peer)) for peer in peers)
    told["deadlines"] = Deadlines(**_members_of(Deadlines, told["deadlines"]))
    told["program"] = ProgramCall(**_members_of(ProgramCall, told["program"]))
    for name in ("key", "relay_bearer"):
        told[name] = Secret(told[name].encode("utf-8"))
    return Session(**told)


_KINDS: dict[str, type] = {"str": str, "int": int, "bool": bool, "Secret": str}


def _as_json(value: Peer | Deadlines | ProgramCall) -> Json:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _members_of(shape: Any, value: Json) -> dict[str, Any]:
    """The members of an object that has exactly the fields of `shape`, of their types."""
    if not isinstance(value, Mapping) or set(value) != {field.name for field in fields(shape)}:
        raise FormatError(f"{shape.__name__} is not an object of its {len(fields(shape))} fields")
    for field in fields(shape):
        kind = _KINDS.get(str(field.type))
        if kind is not None and type(value[field.name]) is not kind:
            raise FormatError(f"{field.name} is not {kind.__name__}")
    return dict(value)
