"""A session's joinings, verified together: who comes with which certificate, under one seal.

Platform, agents and whoever reads a bundle make the seal by this function from the same documents;
who was shown another document makes another one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from crypto.errors import FormatError
from market.records.agreement import Agreement, Member
from market.records.first_difference import first_difference
from market.records.session import SessionJoin, seal_of
from market.records.signed import open_signed, record_hash

_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_PORTS: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class SealedSession:
    """Every party's joining of one request, by its key (hex). Built only by `seal_session`."""

    seal: str
    joins: Mapping[str, SessionJoin]


def seal_session(
    agreement: Agreement, job: str, request_hash: str, texts: Sequence[str]
) -> SealedSession:
    """Verify one joining of every party, and seal them.

    Raises:
        FormatError: one is missing, of another job, request or agreement, or names an address that
            its member has not declared.
        SignatureError: one does not verify.
    """
    joins: dict[str, SessionJoin] = {}
    for text in texts:
        join = verify_join(agreement, job, request_hash, text)
        if joins.setdefault(join.party, join) != join:
            raise FormatError(f"joinings: two of {join.party[:16]}")
    if missing := [party for party in agreement.parties if party not in joins]:
        raise FormatError(f"joinings: none of {missing[0][:16]}")
    hashes = [record_hash(join) for join in joins.values()]
    return SealedSession(seal_of(record_hash(agreement), request_hash, hashes), joins)


def verify_join(agreement: Agreement, job: str, request_hash: str, text: str) -> SessionJoin:
    """One agent's joining, signed with the key the agreement names (raises as `seal_session`)."""
    signed = open_signed(SessionJoin, text.encode())
    join = signed.record
    try:
        member = agreement.member_of(join.party)
    except KeyError as error:
        raise FormatError(f"joining: {join.party[:16]} is no member's agent") from error
    expected = {
        "signer": (signed.signer, join.party),
        "job": (join.job, job),
        "request": (join.request_hash, request_hash),
        "agreement": (join.agreement_hash, record_hash(agreement)),
    }
    if found := first_difference(expected):
        raise FormatError(f"joining: its {found}")
    _check_address(member, join.address)
    return join


def _check_address(member: Member, address: str) -> None:
    """An agent may be reached where its member said, or by the relay alone."""
    host, _, port = address.rpartition(":")
    is_port = bool(_PORT.fullmatch(port)) and int(port) < _PORTS
    if address and (host != member.address or not is_port):
        raise FormatError(f"joining: its address is {address:.80}, the member's {member.address}")
