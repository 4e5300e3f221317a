"""What a program may do with shares: the whole list.

    send         vectors to single members, as the program says in public
    share        members deal vectors; each holds its share of every one
    (linear)     sums, and multiples by public constants: each member for itself (crypto.mpc.field)
    reshare      local products of shares, put back on polynomials of degree t: a multiplication,
                 or a sum of products, at one element sent for each result
    tell         public elements, the same to all, or nobody goes on
    toss_coin    a public seed that no minority chose
    open_shares  a vector made public, after a look at the shares of all members

Outputs are opened to nobody: a program returns this member's shares, and the recipient puts them
together (crypto.shamir). Vectors of any length go out in pieces, so that no message is large.

Products: the first 2t + 1 members' local products lie on polynomials of degree 2t. Each deals its
own anew, and the weights that would open them make shares of degree t of what was dealt (Gennaro,
Rabin and Rabin, PODC 1998).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from crypto import shamir
from crypto.errors import FormatError
from crypto.mpc import field, sharing
from crypto.mpc.aborts import NOBODY
from crypto.mpc.field import ELEMENT_BYTES, Elements
from crypto.mpc.party import Party
from crypto.secret import Secret

PIECE_ELEMENTS = 1 << 21
"""16 MiB: the most that one message carries."""
SEED_BYTES = 32
_COIN_TAG = b"mpc-coin/1\x00"
_COMMITMENT_TAG = b"mpc-coin-commitment/1\x00"
_ECHO_TAG = b"mpc-echo/1\x00"

Sizes = Mapping[tuple[int, int], int]
"""How many elements go from one point to another; public, the same at every member."""


async def send(party: Party, sizes: Sizes, outgoing: Mapping[int, Elements]) -> dict[int, Elements]:
    """One round of vectors, however long: those for this member, by the point they come from.

    Raises:
        SessionAborted: also when a member sent a word that is no element.
    """
    expected = {sender: size for (sender, to), size in sizes.items() if to == party.point}
    received = {sender: np.empty(size, np.uint64) for sender, size in expected.items()}
    # As many rounds as the longest vector of anybody has pieces: all members count alike.
    for start in range(0, max(sizes.values(), default=0), PIECE_ELEMENTS):
        stop = start + PIECE_ELEMENTS
        pieces = {
            point: field.to_bytes(vector[start:stop])
            for point, vector in outgoing.items()
            if start < vector.size
        }
        awaited = {
            point: (min(size, stop) - start) * ELEMENT_BYTES
            for point, size in expected.items()
            if start < size
        }
        for point, data in (await party.exchange(pieces, awaited)).items():
            received[point][start:stop] = _elements(party, point, data)
    return received


async def share(
    party: Party, counts: Mapping[int, int], own: Elements | None
) -> dict[int, Elements]:
    """Deal `own` to all; this member's share of what each dealer dealt, by the dealer's point.

    Args:
        counts: how many elements each dealer deals; nobody else deals.

    Raises:
        SessionAborted: the session ended.
    """
    with party.stage("share"):
        return await _deal(party, counts, own)


async def reshare(party: Party, products: Elements) -> Elements:
    """Shares of degree t of what local `products` are shares of, of degree 2t.

    Raises:
        SessionAborted: the session ended.
    """
    dealers = tuple(range(1, 2 * party.threshold + 2))
    own = products if party.point in dealers else None
    with party.stage("multiply"):
        dealt = await _deal(party, dict.fromkeys(dealers, products.size), own)
    rows = np.stack([dealt[dealer] for dealer in dealers])
    return field.weighted(rows, shamir.weights(dealers, 0))


async def tell_elements(party: Party, elements: Elements) -> dict[int, Elements]:
    """Everybody's elements, as many of each, by point: the same at all members.

    Raises:
        SessionAborted: also when somebody told two members different things.
    """
    told = await _tell(party, field.to_bytes(elements))
    await _compare(party, told)
    return {point: _elements(party, point, data) for point, data in told.items()}


async def toss_coin(party: Party) -> bytes:
    """32 bytes that every member knows, and none could choose: all commit before any reveals.

    Raises:
        SessionAborted: also when a member revealed something else than it committed to.
    """
    with party.stage("check"):
        nonce = party.entropy(SEED_BYTES)
        commitments = await _tell(party, _commitment(party.point, nonce))
        # Whoever committed to two nonces did so before it saw another's: the coin is random at
        # every member, and the comparison shows that it is not one coin.
        nonces = await _tell(party, nonce)
        for point, revealed in nonces.items():
            if _commitment(point, revealed) != commitments[point]:
                party.accuse(point, "coin-changed", "revealed another nonce than it committed to")
        await _compare(party, {point: commitments[point] + nonces[point] for point in nonces})
    return hashlib.sha256(_COIN_TAG + _in_order(nonces)).digest()


async def open_shares(party: Party, shares: Elements) -> Elements:
    """The vector itself, to all members: the shares of all m lie on degree t, or nobody goes on.

    Raises:
        SessionAborted: also when the shares do not fit together. Of t + 1 honest shares and one
            that lies, any t + 1 fit: whose it is cannot be known.
    """
    with party.stage("open"):
        received = await tell_elements(party, shares)
        if not sharing.is_consistent(received, threshold=party.threshold):
            party.accuse(NOBODY, "inconsistent-shares", "shares of an opened value do not fit")
    return sharing.combine(received, threshold=party.threshold)


async def _deal(
    party: Party, counts: Mapping[int, int], own: Elements | None
) -> dict[int, Elements]:
    sizes = {
        (dealer, to): count
        for dealer, count in counts.items()
        for to in range(1, party.members + 1)
        if count and to != dealer
    }
    dealt = {dealer: field.zeros(0) for dealer, count in counts.items() if not count}
    outgoing: dict[int, Elements] = {}
    if own is not None and own.size:
        stream = sharing.ElementStream(Secret(party.entropy(sharing.KEY_BYTES)))
        rows = sharing.deal(own, members=party.members, threshold=party.threshold, stream=stream)
        outgoing = {point: row for point, row in enumerate(rows, 1) if point != party.point}
        dealt[party.point] = rows[party.point - 1]
    return dealt | await send(party, sizes, outgoing)


async def _tell(party: Party, payload: bytes) -> dict[int, bytes]:
    """Send to all others, and hear as many bytes from each; the answer holds this member's own."""
    peers = [point for point in range(1, party.members + 1) if point != party.point]
    told = await party.exchange(dict.fromkeys(peers, payload), dict.fromkeys(peers, len(payload)))
    return {party.point: payload, **told}


async def _compare(party: Party, told: Mapping[int, bytes]) -> None:
    """Refuse to go on unless all members heard the same."""
    heard = hashlib.sha256(_ECHO_TAG + _in_order(told)).digest()
    if any(echo != heard for echo in (await _tell(party, heard)).values()):
        # Either the sender told two things, or whoever echoes another does so falsely.
        party.accuse(NOBODY, "equivocation", "members were told different things")


def _in_order(told: Mapping[int, bytes]) -> bytes:
    return b"".join(told[point] for point in sorted(told))


def _commitment(point: int, nonce: bytes) -> bytes:
    return hashlib.sha256(_COMMITMENT_TAG + bytes([point]) + nonce).digest()


def _elements(party: Party, point: int, data: bytes) -> Elements:
    try:
        return field.from_bytes(data)
    except FormatError as error:
        party.accuse(point, "not-an-element", str(error))
