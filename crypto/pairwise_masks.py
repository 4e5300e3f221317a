"""Masks that several key holders add to their shares, and that cancel in the sum of all alone.

Holder i adds to its noised share d_i of a sum, modulo every data prime,

    M_i = Σ over j < i of  PRF(k_ij, context)  -  Σ over j > i of  PRF(k_ij, context)

with k_ij agreed once between i and j by X25519 (RFC 7748), so that Σ M_i = 0 and, as long as one
other holder keeps its key to itself, d_i + M_i is uniform to everybody else: the pairwise masks of
Bonawitz et al. (CCS 2017), without their recovery of who drops out. Who lacks one share of the sum
has nothing.

Rules: the context is all that says which value is covered: output, ladder, rung and the version
of the noise (crypto.noise), the primes, and every holder's identity, mask key and data. A
holder's share of such a context is one value, since its noise is derived from the same members. So
a mask covers one value and no other: the same again after a crash gives the same bytes, and one
holder more or less, or another version of anybody's data, gives masks that have nothing to do with
these. Pair keys are bound to both identities, so that a holder who shows another's mask key as
their own agrees on nothing with anybody.

    >>> from crypto.parameters import SUMS
    >>> keys = [MaskKey(Secret(bytes([n]) * 32)) for n in (1, 2)]
    >>> holders = [KeyHolder(n * 64, key.public_hex, n * 64) for n, key in zip("ab", keys)]
    >>> opened = {"output": "age", "ladder": Ladder("gaussian", 2**50, 53), "rung": -20}
    >>> first, second = (PairwiseMasks(k, h, holders, SUMS) for k, h in zip(keys, holders))
    >>> sum_residues([first.mask(**opened), second.mask(**opened)], SUMS)
    (0, 0, 0)
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto import canonical, noise
from crypto.errors import FormatError
from crypto.ladder import Ladder
from crypto.noise import DerivedBits, uniform_below
from crypto.parameters import Parameters
from crypto.secret import HIDDEN, Secret
from crypto.shares import Residues, subtract_residues, sum_residues

_PAIR_TAG = "pair-key/v1"
_MASK_TAG = "pairwise-mask/v2"
_KEY_BYTES = 32
_HEX = re.compile(r"[0-9a-f]{64}")


class MaskKey:
    """A holder's secret X25519 key for masks alone; it prints `<secret>`.

    Raises:
        FormatError: another length than 32 bytes.
    """

    __slots__ = ("_private", "public_hex")

    def __init__(self, private: Secret) -> None:
        if len(private) != _KEY_BYTES:
            raise FormatError(f"mask key has {len(private)} bytes, expected {_KEY_BYTES}")
        self._private = private
        self.public_hex = self._x25519().public_key().public_bytes_raw().hex()

    def agree(self, public_hex: str) -> Secret:
        """The 32 bytes that both ends of a pair compute, and nobody else.

        Raises:
            FormatError: the other's key is malformed, or a point of small order.
        """
        check_mask_key(public_hex)
        try:
            other = X25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))
            return Secret(self._x25519().exchange(other))
        except ValueError as error:
            raise FormatError(f"mask key {public_hex[:16]} is a point of small order") from error

    def __repr__(self) -> str:
        return HIDDEN

    def _x25519(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self._private.reveal())


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """One of those whose shares make the sum: their identity and mask key (public keys in hex),
    and the hash of the manifest of their data."""

    identity: str
    mask_key: str
    manifest_hash: str


class PairwiseMasks:
    """What one holder adds to its shares of sums over the data of all.

    Args:
        own: the holder's mask key; `holder` says whose it is.
        holders: all, the holder among them; their order has no part.

    Raises:
        FormatError: fewer than two, one identity, mask key or manifest twice, the holder not among
            them or under another mask key, or a mask key that is none.
    """

    def __init__(
        self, own: MaskKey, holder: KeyHolder, holders: Sequence[KeyHolder], parameters: Parameters
    ) -> None:
        _check_holders(own, holder, holders)
        self._parameters = parameters
        self._holders = sorted(
            [each.identity, each.mask_key, each.manifest_hash] for each in holders
        )
        keys = [
            (each.identity < holder.identity, _pair_key(own, holder, each))
            for each in holders
            if each != holder
        ]
        self._added = [key for is_before, key in keys if is_before]
        self._subtracted = [key for is_before, key in keys if not is_before]

    def mask(self, output: str, ladder: Ladder, rung: int) -> Residues:
        """The mask of one output's share; ladder and rung are those its noise is derived by
        (crypto.noise.derive_noise)."""
        context = canonical.dumps(
            {
                "holders": self._holders,
                "ladder": ladder.id,
                "noise": noise.VERSION,
                "output": output,
                "parameters": self._parameters.digest(),
                "rung": rung,
                "tag": _MASK_TAG,
            }
        )
        added, subtracted = (
            sum_residues((self._uniform(key, context) for key in keys), self._parameters)
            for keys in (self._added, self._subtracted)
        )
        return subtract_residues(added, subtracted, self._parameters)

    def _uniform(self, pair_key: Secret, context: bytes) -> Residues:
        # HMAC as in crypto.noise: a key of its own for every context, hence one stream for each.
        key = hmac.new(pair_key.reveal(), context, hashlib.sha256).digest()
        bits = DerivedBits(Secret(key))
        return tuple(uniform_below(prime, bits) for prime in self._parameters.primes)


def check_mask_key(public_hex: str) -> None:
    """That a text is an X25519 public key in hex (raises FormatError)."""
    if not _HEX.fullmatch(public_hex):
        raise FormatError(f"mask key is {public_hex!r:.80}, expected 64 lower-case hex characters")


def _pair_key(own: MaskKey, holder: KeyHolder, other: KeyHolder) -> Secret:
    """HKDF-SHA256 (RFC 5869) of what the two agree on, bound to who they are."""
    pair = sorted([each.identity, each.mask_key] for each in (holder, other))
    info = canonical.dumps({"pair": pair, "tag": _PAIR_TAG})
    derived = HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=info)
    return Secret(derived.derive(own.agree(other.mask_key).reveal()))


def _check_holders(own: MaskKey, holder: KeyHolder, holders: Sequence[KeyHolder]) -> None:
    if len(holders) < 2:
        raise FormatError(f"masks among {len(holders)} key holders, expected two or more")
    for what in ("identity", "mask_key", "manifest_hash"):
        if len({getattr(each, what) for each in holders}) != len(holders):
            raise FormatError(f"two key holders of one {what.replace('_', ' ')}")
    if holder not in holders or holder.mask_key != own.public_hex:
        raise FormatError(f"the holder {holder.identity[:16]} is not among those who mask")
