"""Joint randomness without a message: MPyC's pseudorandom secret sharing over GF(2^61-1).

Cramer, Damgard, Ishai, "Share Conversion, Pseudorandom Secret-Sharing and Applications to Secure
Computation" (TCC 2005). Every set of m - t members shares a key that its lowest member dealt when
they connected; the sum over all sets is known to nobody outside of all of them.

A dealer that gave two holders two keys would make shares that lie on no polynomial. In a verified
session each two holders therefore compare digests of every key they share before anything is
computed: of a key's holders at least one is honest, and honest ones then hold what it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import cast

import numpy as np
from mpyc.finfields import GF
from mpyc.thresha import PRF, np_pseudorandom_share
from numpy.typing import NDArray

from crypto.mpc.aborts import NOBODY
from crypto.mpc.runtime import JointRuntime
from crypto.shamir import PRIME

_DIGEST_BYTES = 32
_LABEL_TAG = b"mpc/prss/label/v1\x00"
_KEY_TAG = b"mpc/prss/key/v1\x00"
_FIELD = GF(PRIME)

Holders = tuple[int, ...]
"""Members by MPyC's numbers, from 0, in order; the first dealt their key."""


def random_shares(
    keys: Mapping[Holders, bytes], *, members: int, point: int, label: str, count: int
) -> NDArray[np.uint64]:
    """This member's shares, shape (count,), of `count` joint random elements named by `label`."""
    functions = {holders: PRF(bytes(key), PRIME) for holders, key in keys.items()}
    name = _LABEL_TAG + label.encode("utf-8")
    drawn = np_pseudorandom_share(_FIELD, members, point - 1, functions, name, count)
    return cast(NDArray[np.uint64], drawn.value.astype(np.uint64))


async def check_keys(runtime: JointRuntime) -> None:
    """Compare every key with every other holder of it; one exchange.

    Raises:
        SessionAborted: two holders of a key differ. Its dealer is named where this member has the
            key from them; between two others it is open whether the dealer or a holder lies.
    """
    shared = {
        peer.point: [holders for holders in sorted(runtime.keys) if peer.point - 1 in holders]
        for peer in runtime.session.others
    }
    digests = {holders: _digest(runtime, holders) for holders in runtime.keys}
    said = await runtime.exchange(
        {point: b"".join(map(digests.__getitem__, held)) for point, held in shared.items()},
        {point: _DIGEST_BYTES * len(held) for point, held in shared.items()},
    )
    for point, held in shared.items():
        for place, holders in enumerate(held):
            theirs = said[point][place * _DIGEST_BYTES : (place + 1) * _DIGEST_BYTES]
            if theirs != digests[holders]:
                _accuse_over_key(runtime, point, holders)
    runtime.check_verdict()


def _digest(runtime: JointRuntime, holders: Holders) -> bytes:
    named = _KEY_TAG + runtime.seal + bytes(holders) + b"\xff"
    return sha256(named + runtime.keys[holders]).digest()


def _accuse_over_key(runtime: JointRuntime, point: int, holders: Holders) -> None:
    dealer = holders[0] + 1
    among = ", ".join(str(holder + 1) for holder in holders)
    culprit = point if dealer == point else NOBODY
    reason = f"members {runtime.session.point} and {point} hold two keys for members {among}"
    runtime.accuse(culprit, "keys-differ", reason)
