"""Arithmetic in which a cheating minority is noticed: nothing leaves before it was checked.

After Chida, Genkin, Hamada, Ikarashi, Kikuchi, Lindell and Nof, "Fast Large-Scale Honest-Majority
MPC for Malicious Adversaries" (CRYPTO 2018), for honest majorities, with abort: a cheater can end a
session, not change its result. What it learns by ending it is one bit: that its own change hit, or
did not. Programs say which changes can hit what.

Dealings. A dealer adds one random element to what it deals. Once everything is dealt, a coin fixes
weights; the members tell each other that combination of their shares of each dealing, and all m of
them must lie on a polynomial of degree t. Dealings that do not are caught but for 1 in p; the
random element hides the combination. With m = 2t + 1 any shares of the t + 1 honest members lie on
such a polynomial, so there a dealing is a dealing; with m = 2t + 2 it need not be.

Products (m = 2t + 1: whatever a cheater does in a product adds some number d, which it knows, to
the result, and leaves a proper sharing). A random r, shared and known to nobody, doubles wires:
beside an input x goes r x, itself a product; beside z = Σ x_j y_j goes the double Σ (r x_j) y_j.
Only one factor of each product needs its double; the other may be any sharing. Call c = double - r
z the error of a wire.

1. A false product shows in some c. At the first wire that is off by some d, with a double off by
   d', the factors' doubles either have an error already, or c = d' - r d. Nothing the cheater saw
   depends on r, so c = 0 has chance 1/p.
2. An error shows in the sum Σ alpha_k c_k. Wires are weighed block by block, with weights from a
   coin that is tossed once all wires of the block are fixed. In the last block with an error the
   sum is uniform: 0 by chance 1/p, whatever earlier blocks came to.
3. The sum is looked at. After the last product r is opened, with all m shares compared, so that the
   sum is the linear combination u - r w of u = Σ alpha_k double_k and w = Σ alpha_k z_k. Times a
   random element nobody knows (a wrong sum shows nothing but that it is wrong) it is opened and
   must be 0. A lie in that last product adds a number: it helps with chance 1/p.

Bits. v is 0 or 1 where v (v - 1) = 0. Of all recorded ones the sum Σ rho_k v_k (v_k - 1), weighed
by the same coins, is 0 by chance 1/p if any is neither. This sum is a wire with a double of its
own, Σ rho_k (r v_k)(v_k - 1); it is opened times a random element, which a lie survives by chance
1/p.

A session lets a false product or a number that is no bit pass with chance at most 5/p < 2^-58, and
what AES-256 and SHA-256 add to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from crypto.errors import ParameterError
from crypto.mpc import field, sharing
from crypto.mpc.aborts import NOBODY
from crypto.mpc.field import Elements
from crypto.mpc.party import Party
from crypto.mpc.primitives import open_shares, reshare, tell_elements, toss_coin
from crypto.secret import Secret
from crypto.shamir import PRIME, interpolate


class Verification:
    """The wires of one session that are still to be checked, and what was found so far.

    `record` and `record_bits` keep wires until `settle` has weighed them; a program settles block
    by block, and calls `finish` once, last.
    """

    def __init__(self, party: Party, key: Elements) -> None:
        self._party = party
        self._key = key
        self._wires: list[tuple[Elements, Elements]] = []
        self._bits: list[tuple[Elements, Elements]] = []
        # u and w of the docstring: shares of degree t.
        self._doubles = self._values = 0
        # The sum over bits and its double: local products, of degree 2t.
        self._bit_sum = self._bit_sum_double = 0

    @classmethod
    async def start(cls, party: Party) -> Verification:
        """A session's verification, under a fresh r.

        Raises:
            ParameterError: not 2t + 1 members.
            SessionAborted: the session ended.
        """
        if party.members != 2 * party.threshold + 1:
            raise ParameterError(
                f"{party.members} members verify products, expected {2 * party.threshold + 1}"
            )
        return cls(party, await party.random_shares(1, "verification-key"))

    def doubling(self, wire: Elements) -> Elements:
        """r x, as local products: `reshare` makes the double of it."""
        return field.scale(wire, int(self._key[0]))

    def record(self, wire: Elements, double: Elements) -> None:
        """Have it checked that the one is r times the other."""
        self._wires.append((wire, double))

    def record_bits(self, wire: Elements, double: Elements) -> None:
        """Have it checked that every element is 0 or 1, and that doubles are."""
        self.record(wire, double)
        self._bits.append((wire, double))

    async def settle(self) -> None:
        """Weigh all that was recorded; nothing of it is needed afterwards.

        Raises:
            SessionAborted: the session ended.
        """
        weights = sharing.ElementStream(Secret(await toss_coin(self._party)))
        for wire, double in self._wires:
            alpha = weights.draw(wire.size)
            self._values = (self._values + field.dot(alpha, wire)) % PRIME
            self._doubles = (self._doubles + field.dot(alpha, double)) % PRIME
        for bit, double in self._bits:
            rho_less = field.multiply(weights.draw(bit.size), _minus_one(bit))
            self._bit_sum = (self._bit_sum + field.dot(rho_less, bit)) % PRIME
            self._bit_sum_double = (self._bit_sum_double + field.dot(rho_less, double)) % PRIME
        self._wires, self._bits = [], []

    async def finish(self, products: Elements, doubles: Elements) -> Elements:
        """Shares of sums of products, given as local products like their doubles, once everything
        the session computed was found right.

        Raises:
            SessionAborted: also when it was not, naming the stage.
        """
        count = products.size
        bit_sums = np.array([self._bit_sum, self._bit_sum_double], np.uint64)
        wires = await reshare(self._party, np.concatenate([products, doubles, bit_sums]))
        results, bit_sum = wires[:count], wires[2 * count : 2 * count + 1]
        self.record(results, wires[count : 2 * count])
        self.record(bit_sum, wires[2 * count + 1 :])
        await self.settle()
        key = int((await open_shares(self._party, self._key))[0])
        difference = np.array([(self._doubles - key * self._values) % PRIME], np.uint64)
        await self._require_zero(difference, bit_sum)
        return results

    async def _require_zero(self, difference: Elements, bit_sum: Elements) -> None:
        party = self._party
        masks = await party.random_shares(2, "verification-masks")
        both = np.concatenate([difference, bit_sum])
        wrong, out_of_range = await open_shares(
            party, await reshare(party, field.multiply(both, masks))
        )
        with party.stage("check"):
            if wrong:
                party.accuse(NOBODY, "wrong-product", "a product was computed falsely")
            if out_of_range:
                party.accuse(NOBODY, "out-of-range", "a member's input is outside its range")


def with_mask(dealing: Elements, party: Party) -> Elements:
    """A vector to deal, and behind it the random element that `check_dealings` needs."""
    mask = sharing.ElementStream(Secret(party.entropy(sharing.KEY_BYTES))).draw(1)
    return np.concatenate([dealing, mask])


async def check_dealings(party: Party, dealings: Mapping[int, Elements]) -> dict[int, Elements]:
    """What was dealt `with_mask`, without it, once all members' shares of it fit together.

    Raises:
        SessionAborted: also when they do not. The dealer is named where no t members' lies could
            explain it.
    """
    weights = sharing.ElementStream(Secret(await toss_coin(party)))
    dealers = sorted(dealings)
    combined = []
    for dealer in dealers:
        shares, mask = dealings[dealer][:-1], int(dealings[dealer][-1])
        combined.append((field.dot(weights.draw(shares.size), shares) + mask) % PRIME)
    with party.stage("check"):
        received = await tell_elements(party, np.array(combined, np.uint64))
        for place, dealer in enumerate(dealers):
            _check_dealing(party, dealer, {p: int(shares[place]) for p, shares in received.items()})
    return {dealer: shares[:-1] for dealer, shares in dealings.items()}


def _check_dealing(party: Party, dealer: int, shares: Mapping[int, int]) -> None:
    if _fit(shares, party):
        return
    # An honest dealer's shares fit once the at most t members that lie about theirs are left out.
    honest = combinations(shares, party.members - party.threshold)
    is_explained = any(_fit({point: shares[point] for point in kept}, party) for kept in honest)
    party.accuse(
        NOBODY if is_explained else dealer,
        "inconsistent-dealing",
        f"shares that member {dealer} dealt do not fit together",
    )


def _fit(shares: Mapping[int, int], party: Party) -> bool:
    opened = interpolate(shares, members=party.members, threshold=party.threshold)
    return opened.is_consistent


def _minus_one(bits: Elements) -> Elements:
    return field.subtract(bits, np.ones_like(bits))
