"""The opened sums of a checked bundle: its parties' unsealed shares, put together.

Encrypted data: the key holders' residues and the platform's add up to the sum, of one table or of
several owners'; where shares carry no masks, those of one owner add up to that owner's. A
consortium: the members' shares lie on one polynomial (crypto.shamir), and whether all are there,
and all on it, is part of the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crypto.errors import CryptoError
from crypto.parameters import Parameters
from crypto.shamir import interpolate, parse_share
from crypto.shares import Residues, combine, decode_residues, sum_residues
from market.client.verify.check_bundle import CheckedBundle
from market.client.verify.result_invalid import invalid
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
    """Lattice integers by output.

    `found` is of a consortium, else None; `by_dataset` are those of each owner's dataset (by its
    id) where several open in plain, else empty.
    """

    values: Mapping[str, int]
    found: SharesFound | None
    by_dataset: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


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
    """That every sum lies where tables and noise may bring it (raises Refused)."""
    lattice = checked.quote.lattice
    for output in checked.quote.outputs:
        largest = (
            lattice.largest(output.degree, output.opened.weight) + lattice.tables * output.bound
        )
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
    agents = [party.agent for party in checked.parties]
    both = {
        output: [
            (checked.platform[agent][output], decode_residues(share.residues, chosen))
            for agent, share in zip(agents, shares, strict=True)
        ]
        for output, shares in by_output.items()
    }
    values = {output: _combined(pairs, chosen) for output, pairs in both.items()}
    if checked.source.values != "plain":
        return OpenedSums(values, None)
    datasets = {party.agent: party.receipt.receipt.names[0] for party in checked.parties}
    by_dataset = {
        datasets[agent]: {output: _combined([pairs[i]], chosen) for output, pairs in both.items()}
        for i, agent in enumerate(agents)
    }
    return OpenedSums(values, None, by_dataset)


def _combined(pairs: Sequence[tuple[Residues, Residues]], chosen: Parameters) -> int:
    """The integer that the platform's shares and the key holders' are of together."""
    platform, key_holders = zip(*pairs, strict=True)
    return combine(sum_residues(platform, chosen), sum_residues(key_holders, chosen), chosen)


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
