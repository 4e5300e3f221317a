"""How a helper pairs two tables' rows and learns nothing of either but how many people they share.

Rules: the two members with tables share a key that the helper never gets. Each sends the helper one
tag for every row of its capacity, in an order of its own: a pseudorandom function of the person, or
a random tag where there is no row. Equal tags are the same person; unequal ones are unrelated. With
its tags the left member sends its cells, each minus a mask that is another pseudorandom function of
person and cell; the right member knows the mask, but not at which of its rows the helper will use
it. So a row's cell is the sum of what helper and right member deal, where both know of the row, and
nobody sees it.

The functions are AES-256 of 128 bits of the person's SHA-256: a pseudorandom permutation, and
people differ in those bits. A tag is 122 bits of it: two field elements.
"""

from __future__ import annotations

import hmac

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB
from numpy.typing import NDArray

from crypto.mpc import sharing
from crypto.mpc.field import Elements
from crypto.secret import Secret
from crypto.shamir import PRIME

KEY_BYTES = 32
TAG_ELEMENTS = 2
NOBODY = -1
"""The place of a row that is only there to fill the capacity, or that has no match."""
_BLOCK_BYTES = 16
_PRIME = np.uint64(PRIME)

Places = NDArray[np.int64]
People = NDArray[np.uint8]


class RepeatedTag(Exception):
    """A side has one tag in two rows."""

    def __init__(self, *, is_left: bool) -> None:
        super().__init__("a tag is repeated")
        self.is_left = is_left


class PersonKeys:
    """The functions of people under one key of 32 bytes, fresh in every session."""

    def __init__(self, key: Secret) -> None:
        self._tag = _derived(key, b"join-tag/1")
        self._person = _derived(key, b"join-mask-person/1")
        self._cell = _derived(key, b"join-mask-cell/1")

    def tags(self, people: People) -> Elements:
        """uint64[rows][2] from uint8[rows][32]."""
        words = _as_elements(_permuted(self._tag, _named(people)))
        # The prime itself is no element; as 0 it is one tag of 2^61.
        return np.where(words == _PRIME, np.uint64(0), words)

    def mask_seeds(self, people: People) -> Elements:
        """What `mask` needs of each person: uint64[rows][2]."""
        return _permuted(self._person, _named(people))

    def mask(self, seeds: Elements, cell: int) -> Elements:
        """The mask of one cell of each person: uint64[rows], uniform but for 2^-122."""
        # Seeds are permuted people: cells added to them meet as rarely as random blocks do.
        blocks = seeds.copy()
        blocks[:, 1] ^= np.uint64(cell)
        words = _as_elements(_permuted(self._cell, blocks))
        first, second = words[:, 0], words[:, 1]
        spare = np.where(second == _PRIME, np.uint64(0), second)
        return np.where(first == _PRIME, spare, first)


def secret_order(rows: int, capacity_rows: int, stream: sharing.ElementStream) -> Places:
    """Every place from 0 to capacity in a random order: its row, or NOBODY beyond the rows."""
    places = np.argsort(stream.draw(capacity_rows), kind="stable")
    return np.where(places < rows, places, NOBODY)


def match(left: Elements, right: Elements) -> Places:
    """For each right tag the place of the equal left one, or NOBODY; both uint64[rows][2].

    Raises:
        RepeatedTag: a side has a tag twice: one person would count twice.
    """
    tags = np.concatenate([left, right])
    # Stable, and left before right: equal neighbours are a left and a right tag, in this order.
    order = np.lexsort((tags[:, 1], tags[:, 0]))
    ordered = tags[order]
    equal = np.flatnonzero((ordered[1:] == ordered[:-1]).all(axis=1))
    first, second = order[equal], order[equal + 1]
    if (second < len(left)).any():
        raise RepeatedTag(is_left=True)
    if (first >= len(left)).any():
        raise RepeatedTag(is_left=False)
    places = np.full(len(right), NOBODY, np.int64)
    places[second - len(left)] = first
    return places


def _derived(key: Secret, purpose: bytes) -> AES256:
    return AES256(hmac.digest(key.reveal(), purpose, "sha256"))


def _named(people: People) -> Elements:
    return np.ascontiguousarray(people[:, :_BLOCK_BYTES]).view("<u8").reshape(-1, TAG_ELEMENTS)


def _permuted(key: AES256, blocks: Elements) -> Elements:
    # One block for each person, no two alike: nothing repeats that ECB could show.
    permuted = Cipher(key, ECB()).encryptor().update(blocks.tobytes())  # noqa: S305
    return np.frombuffer(permuted, "<u8").reshape(-1, TAG_ELEMENTS)


def _as_elements(words: Elements) -> Elements:
    return words & _PRIME
