"""The opened sums of a checked bundle: its parties' unsealed shares, put together.

Encrypted data: the key holder's residues and the platform's add up to the sum. A consortium: the
members' shares lie on one polynomial (crypto.shamir), and whether all are there, and all on it, is
part of the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crypto.errors import CryptoError
from crypto.shamir import interpolate, parse_share
from crypto.shares import combine, decode_residues, sum_residues
from market.client.check_bundle import CheckedBundle
from market.client.result_invalid import invalid
from market.pricing.lattice import CiphertextLattice
from market.records.agreement import Agreement
from market.records.delivery import SealedShares, Share


@dataclass(frozen=True, slots=True)
class SharesFound:
    """What a consortium's shares say about each other.

    Attributes:
        is_consistent: all that came lie on one polynomial, of every sum.
        missing: organisations of members who have not delivered.
        liars: organisations whose shares were corrected; where nobody is named and the shares are
            not consistent, it cannot be known whose is wrong.
    """

    is_consistent: bool
    missing: tuple[str, ...]
    liars: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nobody has lied in delivering, and nobody is missing."""
        return self.is_consistent and not self.missing


@dataclass(frozen=True, slots=True)
class OpenedSums:
    """Lattice integers by output; `found` of a consortium, else None."""

    values: Mapping[str, int]
    found: SharesFound | None


def open_sums(checked: CheckedBundle, sealed: Sequence[SealedShares]) -> OpenedSums:
    """Put together what was sealed, one of every party of the bundle, in its order.

    Raises:
        Refused: `result-invalid`: other outputs, or malformed shares.
    """
    expected = tuple(output.output for output in checked.quote.outputs)
    for one in sealed:
        if tuple(share.output for share in one.shares) != expected:
            raise invalid(
                f"the seal holds {len(one.shares)} shares, expected those of {len(expected)} "
                "outputs"
            )
    # The shares of one output, one of every party: together they open its sum.
    by_output = dict(zip(expected, zip(*(one.shares for one in sealed), strict=True), strict=True))
    try:
        return _opened(checked, by_output)
    except CryptoError as error:
        raise invalid(f"{error}") from error


def require_possible(checked: CheckedBundle, opened: OpenedSums) -> None:
    """That every sum lies where the table and the noise may bring it (raises Refused)."""
    lattice = checked.quote.lattice
    for output in checked.quote.outputs:
        largest = lattice.largest(output.degree) + output.bound
        tail = lattice.tail(output.law, output.scale_squared)
        # Shares that do not belong together give a number all over the modulus.
        if abs(opened.values[output.output]) > largest + tail:
            raise invalid(f"the shares of {output.output} do not add up to a possible value")


def _opened(checked: CheckedBundle, by_output: Mapping[str, Sequence[Share]]) -> OpenedSums:
    agreement = checked.agreement
    if agreement is not None:
        return _interpolated(checked, agreement, by_output)
    lattice = checked.quote.lattice
    if not isinstance(lattice, CiphertextLattice):
        raise TypeError(f"{lattice.name} opens no ciphertext")
    chosen = lattice.parameters
    values = {}
    for output, shares in by_output.items():
        residues = [decode_residues(share.residues, chosen) for share in shares]
        key_holders = sum_residues(residues, chosen)
        values[output] = combine(checked.platform[output], key_holders, chosen)
    return OpenedSums(values, None)


def _interpolated(
    checked: CheckedBundle, agreement: Agreement, by_output: Mapping[str, Sequence[Share]]
) -> OpenedSums:
    agents = [party.agent for party in checked.parties]
    points = [agreement.point_of(agent) for agent in agents]
    values: dict[str, int] = {}
    is_consistent, liars = True, set[int]()
    for output, shares in by_output.items():
        opened = interpolate(
            {
                point: parse_share(share.residues)
                for point, share in zip(points, shares, strict=True)
            },
            members=len(agreement.members),
            threshold=agreement.proposal.threshold,
        )
        values[output] = opened.value
        is_consistent = is_consistent and opened.is_consistent
        liars.update(opened.liars)
    names = [member.organisation for member in agreement.members]
    missing = [m.organisation for m in agreement.members if m.agent not in agents]
    found = SharesFound(
        is_consistent, tuple(missing), tuple(names[point - 1] for point in sorted(liars))
    )
    return OpenedSums(values, found)
