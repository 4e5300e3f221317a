"""An answer opens the coefficients the plan names, each under noise of its own, and no more."""

from __future__ import annotations

from pathlib import Path

from world.declarations import MEAN
from world.live_market import live_market

from crypto.parameters import PRODUCTS
from crypto.shares import combine, decode_residues, sum_residues
from market.records.delivery import Envelope
from market.records.signed import open_signed
from market.vault.holdings import read_holding
from market.vault.keys import read_constants


def test_share_is_one_coefficient_for_each_output_with_its_own_noise(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        job = market.released(MEAN)
        shares = market.agent_shares(job).shares
        header = open_signed(Envelope, market.document(job, "envelope").encode()).record.header
        named = {output.output: output for output in header.outputs}
        assert [share.output for share in shares] == list(named)
        assert set(named) == {"#valid", "visits"}
        # Alike in law and scale: under one stream their noise would be alike too.
        assert len({(output.law, output.scale_squared) for output in named.values()}) == 1
        holding = read_holding(market.home, job.datasets[0].dataset, job.datasets[0].version)
        constants = read_constants(market.home, holding.manifest.record, list(named))
        noises = []
        for share in shares:
            assert len(share.residues) == 8 * len(PRODUCTS.primes)
            own = sum_residues(constants[share.output], PRODUCTS)
            minus = tuple((q - r) % q for r, q in zip(own, PRODUCTS.primes, strict=True))
            noises.append(combine(minus, decode_residues(share.residues, PRODUCTS), PRODUCTS))
        for noise, output in zip(noises, named.values(), strict=True):
            assert 0 < noise * noise < 100 * int(output.scale_squared)
        assert len(set(noises)) == len(noises)
