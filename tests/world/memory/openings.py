"""What was opened, in a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from market.ports.openings import Release
from market.pricing.opening import Had, Opening, Rungs


@dataclass
class MemoryOpenings:
    releases: dict[tuple[str, int], tuple[Release, Opening]] = field(default_factory=dict)

    def had(self, release: Release, opening: Opening) -> Had:
        earlier = [
            (before, opened)
            for before, opened in self.releases.values()
            if (before.chain, before.manifest_hash) == (release.chain, release.manifest_hash)
            and (release.sequence is None or (before.sequence or 0) < release.sequence)
        ]
        families = set(opening.families)
        return Had(
            _rungs(
                (opened for before, opened in earlier if before.buyer == release.buyer), families
            ),
            _rungs((opened for _, opened in earlier), families),
        )

    def record(self, release: Release, opening: Opening) -> None:
        if release.sequence is None:
            raise ValueError("a release without a place in its chain cannot be remembered")
        self.releases.setdefault((release.chain, release.sequence), (release, opening))


def _rungs(openings: Iterable[Opening], families: set[str]) -> Rungs:
    rungs = {}
    for opening in openings:
        for one in opening.sums:
            if one.sum.family in families:
                rungs[one.sum] = max(one.rung, rungs.get(one.sum, one.rung))
    return rungs
