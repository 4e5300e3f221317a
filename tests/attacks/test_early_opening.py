"""A platform that hands its buyer the first owner's envelope before the second has released.

It has the shares over both owners' data, and the buyer has the key to the envelope. Had the first
agent sealed its share as it does alone, the two would open its owner's own count, which the owner
has let be seen in a sum with another's only.
"""

from __future__ import annotations

from pathlib import Path

from world.declarations import COUNT
from world.live_union import live_union

from crypto.shares import combine, decode_residues, encode_residues
from market.records.delivery import Envelope
from market.records.signed import open_signed
from market.services.compute.evaluate_job import shares_of

MOST_ROWS = 10_000


def test_one_owners_envelope_opens_nothing(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        job = market.evaluated(COUNT)
        market.step_of("olga")
        kept = market.jobs.documents(job.job)
        ((party, text),) = kept.by_party("envelope").items()
        (share,) = market.unsealed(job, open_signed(Envelope, text.encode()).record).shares
        (own,) = shares_of(kept, party)
        chosen = market.parameters(job)
        key_holder, platform = (decode_residues(one.residues, chosen) for one in (share, own))
        rows = combine(platform, key_holder, chosen) / chosen.unit(1)
        assert abs(rows) > MOST_ROWS
        assert encode_residues(key_holder, chosen) == share.residues
