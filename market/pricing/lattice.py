"""What a quote has to know of the engine that opens its sums: two engines, two lattices.

A sum is opened as an integer, the value times the lattice's unit, with noise of the same unit:

    CiphertextLattice   the constant coefficient of a CKKS ciphertext: it carries the encryption's
                        own error, so sensitivity is inflated and the noise floods it
                        (crypto.error_bound, crypto.flooding)
    MemberLattice       Shamir shares over GF(2^61 - 1): exact, so there is no error to flood. Every
                        member adds noise, and the error that is quoted is of all of it, while the
                        honest members' part alone has the scale that is paid for
                        (crypto.joint_noise)

Units of the members' lattice. Union: 2^30 while the joint capacity is at most 2^26 rows, and
2^56 / capacity (rounded down to a power of two) above, whatever the degree: a member rounds every
row's value to the lattice before adding, so that a row moves a sum by at most one unit. Join: every
factor is an integer of at most 2^16 - 1 in size, dealt bit by bit, so a product of d factors has
the unit (2^16 - 1)^d.

A weighted sum of the weight W = Σ|w_i| may be W times as large as one column's. A ciphertext's
modulus has room for it. In a union of members every member adds up its own columns' sums exactly
and rounds the weighted total once, to 1/2^k of the unit with 2^k >= W: it keeps the room of one
column's, and one row moves the rounded total by at most one lattice unit more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from crypto.error_bound import error_bound
from crypto.joint_noise import JointNoise, allowance_rho_units, joint_noise
from crypto.parameters import Parameters
from crypto.shamir import PRIME
from market.plan.factors import VALIDITY
from market.plan.lowered import Lowered
from market.plan.moments import Output
from market.plan.plan import NoiseLaw
from market.pricing.square_root import root_up
from market.records.consortium import Composition, Proposal

TAIL_SCALES: Final = 40
"""A discrete Gaussian or Laplace passes 40 scales with probability below 2^-57."""
MEMBERS: Final = "members"
"""The members' lattice in documents, in the place of a parameter set's name."""
UNION_SCALE_LOG2: Final = 30
_LARGEST_UNION_SUM_LOG2: Final = 56
JOIN_FACTOR: Final = 2**16 - 1
"""The largest factor of a join in size: a code of 16 bits, once centred."""


@dataclass(frozen=True, slots=True)
class Work:
    """What an engine goes through: how many of what, and products of two of them."""

    what: Literal["ciphertexts", "dealt values"]
    count: int
    products: int


class Lattice(Protocol):
    """What an engine opens a sum on. Sizes are in lattice units; degrees are 1 or 2; a weight above
    1 is that of a weighted sum (market.plan.moments.Output), whose degree is 1."""

    @property
    def name(self) -> str:
        """In documents: the parameter set's name, or MEMBERS."""

    @property
    def modulus(self) -> int:
        """Sums are opened modulo this."""

    @property
    def degree(self) -> int:
        """How many columns one sum multiplies at most."""

    @property
    def recomputes(self) -> bool:
        """Whether a product of two columns has to be computed again by the one who releases."""

    @property
    def has_profile(self) -> bool:
        """Whether its Gaussian noise is what crypto.gaussian_profile tells: one wide draw."""

    @property
    def draws_anew(self) -> bool:
        """Whether every run draws its noise, and it has no error of an encryption to flood: else a
        sum asked again is the same value."""

    def unit(self, degree: int, weight: int = 1, /) -> int:
        """Lattice units per unit of encoded value."""

    @property
    def tables(self) -> int:
        """How many tables' sums are opened as one, each with an error and noise of its own."""

    def largest(self, degree: int, weight: int = 1, /) -> int:
        """The largest sum without its error and noise."""

    def bound(self, degree: int, weight: int = 1, /) -> int:
        """The largest error of one table's sum without noise (raises ParameterError: it has
        none)."""

    def variance(self, law: NoiseLaw, scale_squared: int, /) -> int:
        """Of the noise that is added in all, at most."""

    def tail(self, law: NoiseLaw, scale_squared: int, /) -> int:
        """What is added in all passes it with probability below 2^-50."""

    def surcharge_rho_units(self, law: NoiseLaw, outputs: int, /) -> int:
        """What a run costs beyond the scales of its noise."""

    def work(self, lowered: Lowered, /) -> Work:
        """What the outputs of a question take."""


@dataclass(frozen=True, slots=True)
class CiphertextLattice:
    """Encrypted columns of so many `ciphertexts` each (market.pricing.lattice.Lattice), of one
    table or of those of several owners.

    Every owner's agent adds the whole noise that is paid for, since the others might put theirs
    together: `tables` - 1 of them may.
    """

    parameters: Parameters
    ciphertexts: int
    tables: int = 1
    tag: Literal["ciphertext"] = "ciphertext"

    @property
    def name(self) -> str:
        return self.parameters.name

    @property
    def modulus(self) -> int:
        return self.parameters.modulus

    @property
    def degree(self) -> int:
        return self.parameters.degree

    @property
    def recomputes(self) -> bool:
        return True

    @property
    def has_profile(self) -> bool:
        return True

    @property
    def draws_anew(self) -> bool:
        return False

    def unit(self, degree: int, _weight: int = 1) -> int:
        return self.parameters.unit(degree)

    def largest(self, degree: int, weight: int = 1) -> int:
        values = self.parameters.values_per_ciphertext * self.ciphertexts * self.tables
        return weight * self.unit(degree) * values

    def bound(self, degree: int, weight: int = 1) -> int:
        return error_bound(degree, self.ciphertexts, self.parameters, weight)

    def variance(self, law: NoiseLaw, scale_squared: int) -> int:
        return self.tables * (scale_squared if law == "gaussian" else 2 * scale_squared)

    def tail(self, _law: NoiseLaw, scale_squared: int) -> int:
        return self.tables * TAIL_SCALES * root_up(scale_squared)

    def surcharge_rho_units(self, _law: NoiseLaw, _outputs: int) -> int:
        return 0

    def work(self, lowered: Lowered) -> Work:
        products = sum(1 for output in lowered.outputs if output.degree > 1)
        # The sums of what is only summed are in the manifest: nothing is read for them.
        read = len(_columns(lowered.outputs) - set(lowered.schema.only_summed))
        ciphertexts = self.ciphertexts * self.tables
        return Work("ciphertexts", ciphertexts * read, ciphertexts * products)


@dataclass(frozen=True, slots=True)
class MemberLattice:
    """Members who compute together (market.pricing.lattice.Lattice): their joint table holds at
    most `capacity_rows`.

    `intersection_rho_units` is what every run of a join is charged besides.
    """

    composition: Composition
    capacity_rows: int
    members: int
    threshold: int
    intersection_rho_units: int
    tag: Literal["members"] = "members"

    @property
    def name(self) -> str:
        return MEMBERS

    @property
    def modulus(self) -> int:
        return PRIME

    @property
    def degree(self) -> int:
        return 2

    @property
    def recomputes(self) -> bool:
        return False

    @property
    def tables(self) -> int:
        # They are added before anything is opened.
        return 1

    @property
    def has_profile(self) -> bool:
        return False

    @property
    def draws_anew(self) -> bool:
        return True

    def unit(self, degree: int, weight: int = 1) -> int:
        if self.composition == "join":
            return JOIN_FACTOR if degree == 1 else JOIN_FACTOR * JOIN_FACTOR
        rows_log2 = (self.capacity_rows - 1).bit_length()
        columns_unit_log2 = min(UNION_SCALE_LOG2, _LARGEST_UNION_SUM_LOG2 - rows_log2)
        return 1 << (columns_unit_log2 - narrowing_log2(weight))

    def largest(self, degree: int, weight: int = 1) -> int:
        return weight * self.unit(degree, weight) * self.capacity_rows

    def bound(self, _degree: int, weight: int = 1) -> int:
        # Half a lattice unit of rounding; sums of columns are exact.
        return 1 if narrowing_log2(weight) else 0

    def noise(self, law: NoiseLaw, scale_squared: int) -> JointNoise:
        """What each member draws for an output of this scale."""
        return joint_noise(law, scale_squared, members=self.members, threshold=self.threshold)

    def variance(self, law: NoiseLaw, scale_squared: int) -> int:
        return self.noise(law, scale_squared).variance

    def tail(self, law: NoiseLaw, scale_squared: int) -> int:
        return self.noise(law, scale_squared).tail

    def surcharge_rho_units(self, law: NoiseLaw, outputs: int) -> int:
        return allowance_rho_units(law, outputs) + self.intersection_rho_units

    def work(self, lowered: Lowered) -> Work:
        outputs = lowered.outputs
        if self.composition == "union":
            return Work("dealt values", len(outputs), 0)
        products = sum(1 for output in outputs if output.columns != (VALIDITY,))
        dealt = self.capacity_rows * len({VALIDITY} | _columns(outputs))
        return Work("dealt values", dealt, self.capacity_rows * products)


def narrowing_log2(weight: int) -> int:
    """The k with 2^k >= weight: how much coarser a union's weighted sum is than one column's."""
    return (weight - 1).bit_length()


AnyLattice = CiphertextLattice | MemberLattice
"""As it travels; whoever only prices asks for a `Lattice`."""


def ciphertext_lattice(
    capacity_rows: int, parameters: Parameters, tables: int = 1
) -> CiphertextLattice:
    """That of encrypted tables of the declared capacity each."""
    ciphertexts = -(-capacity_rows // parameters.values_per_ciphertext)
    return CiphertextLattice(parameters, ciphertexts, tables)


def member_lattice(proposal: Proposal) -> MemberLattice:
    """That of a consortium."""
    return MemberLattice(
        composition=proposal.composition,
        capacity_rows=proposal.schema.capacity_rows,
        members=len(proposal.seats),
        threshold=proposal.threshold,
        intersection_rho_units=proposal.intersection_rho_units,
    )


def _columns(outputs: Sequence[Output]) -> set[str]:
    return {column for output in outputs for column in output.columns}
