"""A table of several chunks a column: what the agent recomputes comes through its one client."""

from __future__ import annotations

from pathlib import Path

from world.declarations import TABLE, declaration, plan_of
from world.live_market import live_market

from crypto.parameters import PRODUCTS
from market.owner.publish.encrypt_table import CIPHERTEXTS_PER_CHUNK
from market.plan.expression import Column
from market.plan.statistics import Covariance

CHUNKS = 3
ROWS = CHUNKS * CIPHERTEXTS_PER_CHUNK * PRODUCTS.values_per_ciphertext


def test_product_over_many_chunks_is_released(tmp_path: Path) -> None:
    header, *lines = TABLE.splitlines(keepends=True)
    lines *= ROWS // len(lines)
    text = declaration().replace("capacity_rows = 4000", f"capacity_rows = {ROWS}")
    with live_market(tmp_path) as market:
        market.publish(table=header + "".join(lines), text=text)
        manifest = market.catalogue.dataset("visits").manifest.record
        assert len(manifest.column("visits").chunks) == CHUNKS
        market.released(plan_of(Covariance(Column("visits"), Column("insured"))))
