"""What travels between two members: fixed-width little-endian frames, and nothing to interpret.

    hello   seal digest (32 bytes), point (1 byte): the first bytes each way
    frame   kind (1), zeros (3), length (u32), round (i64), then `length` bytes

    ROUND   the program's bytes of one round
    KEYS    the sixteen-byte PRSS keys of the sets the sender deals for, in MPyC's order
    ALIVE   nothing; the round is the last the sender has entered
    DONE    nothing; the sender has its outputs
    ABORT   canonical JSON of an abort
    LEAVE   nothing; the session is over for the sender, who reads on until it hears the same

Rules: a length is judged before the bytes it announces are read; no type, name or code travels.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import IntEnum

from crypto import canonical
from crypto.errors import FormatError
from crypto.mpc.aborts import STAGES, Abort

SEAL_BYTES = 32
HELLO_BYTES = SEAL_BYTES + 1
MAXIMUM_MESSAGE_BYTES = 256 * 1024 * 1024
MAXIMUM_ABORT_BYTES = 2048
MAXIMUM_REASON_CHARACTERS = 400
_HEADER = struct.Struct("<B3sIq")
HEADER_BYTES = _HEADER.size
_NOTHING = b"\x00\x00\x00"
_CODE = re.compile(r"[a-z]+(?:-[a-z]+){0,5}")
_REASON = re.compile(rf"[\x20-\x7e]{{1,{MAXIMUM_REASON_CHARACTERS}}}")
_MAXIMUM_CODE_CHARACTERS = 60


class Kind(IntEnum):
    """What a frame is."""

    ROUND = 1
    KEYS = 2
    ALIVE = 3
    DONE = 4
    ABORT = 5
    LEAVE = 6


@dataclass(frozen=True, slots=True)
class Header:
    """The announcement of a frame: `length_bytes` follow."""

    kind: Kind
    length_bytes: int
    round: int


@dataclass(frozen=True, slots=True)
class Hello:
    """What a member says first: which session it means, and as whom."""

    seal: bytes
    point: int


def pack_hello(hello: Hello) -> bytes:
    """33 bytes."""
    return hello.seal + hello.point.to_bytes(1, "little")


def unpack_hello(data: bytes) -> Hello:
    """The hello in exactly 33 bytes; any such bytes are one."""
    return Hello(bytes(data[:SEAL_BYTES]), data[SEAL_BYTES])


def pack_header(header: Header) -> bytes:
    """Sixteen bytes."""
    return _HEADER.pack(header.kind, _NOTHING, header.length_bytes, header.round)


def unpack_header(data: bytes | bytearray) -> Header:
    """The header in the first sixteen bytes.

    Raises:
        FormatError: an unknown kind, padding that is not zero, or a negative round.
    """
    kind, padding, length_bytes, number = _HEADER.unpack_from(data)
    if padding != _NOTHING or number < 0 or kind not in Kind.__members__.values():
        raise FormatError(f"frame begins with {bytes(data[:HEADER_BYTES]).hex()}, not a header")
    return Header(Kind(kind), length_bytes, number)


def pack_abort(abort: Abort) -> bytes:
    """An abort as it is told to the others."""
    return canonical.dumps(
        {
            "code": abort.code,
            "party": abort.party,
            "reason": abort.reason,
            "stage": abort.stage,
        }
    )


def unpack_abort(data: bytes, members: int) -> Abort:
    """An abort as a peer told it: its words are shown to people, so they are plain ASCII.

    Raises:
        FormatError: not an abort among `members`.
    """
    told = canonical.loads(data, limit_bytes=MAXIMUM_ABORT_BYTES)
    if not isinstance(told, dict) or set(told) != {"code", "party", "reason", "stage"}:
        raise FormatError("abort is not an object of code, party, reason and stage")
    code, party, reason, stage = (told[key] for key in ("code", "party", "reason", "stage"))
    is_plain = (
        isinstance(code, str)
        and len(code) <= _MAXIMUM_CODE_CHARACTERS
        and _CODE.fullmatch(code)
        and isinstance(reason, str)
        and _REASON.fullmatch(reason)
    )
    if not is_plain or stage not in STAGES:
        raise FormatError("abort has a code, stage or reason that is none")
    if not isinstance(party, int) or isinstance(party, bool) or not 0 <= party <= members:
        raise FormatError(f"abort names a party that is not among {members}")
    return Abort(stage, party, code, reason)
