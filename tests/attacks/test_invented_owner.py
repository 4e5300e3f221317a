"""A platform that puts itself in another owner's place, to know what the masks hide.

It shows the first owner's agent an appointment of its own making: for the other dataset's name,
with a mask key it knows. The buyer signs for that key. The agent's masks would then be the
platform's to take off. The agent knows whose key its owner has agreed to, and leaves the job alone.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.declarations import COUNT
from world.live_market import forge
from world.live_union import LiveUnion, live_union

from crypto.identity import SigningKey
from crypto.pairwise_masks import MaskKey
from crypto.secret import Secret
from market.judgement.question import Distrusted, Work, read_question
from market.records.appointment import AgentAppointment, AgentKeys
from market.records.signed import sign_record
from market.vault.holdings import read_holding

PLATFORMS = SigningKey.generate()
KNOWN = MaskKey(Secret(b"k" * 32)).public_hex


def asked_of_olga(market: LiveUnion) -> Work:
    """What the platform makes that agent believe, by a request that its buyer signed with it."""
    job = market.planned(COUNT)
    union = market.union_of(job)
    assert union is not None
    agents = (union.agents[0], AgentKeys(union.agents[1].agent, KNOWN))
    request = market.request(job, union=replace(union, agents=agents))
    forge(market, job, request=request, state="requested")
    invented = AgentAppointment(agents[1], 2, market.now)
    return Work(
        job.job,
        job.datasets,
        (job.datasets[0],),
        "requested",
        market.document(job, "plan"),
        request,
        None,
        appointments=(sign_record(PLATFORMS, invented).encode().decode(),),
    )


def test_agent_masks_with_nobody_its_owner_has_not_agreed_to(tmp_path: Path) -> None:
    with live_union(tmp_path) as market:
        work = asked_of_olga(market)
        with pytest.raises(Distrusted, match="its owner is"):
            read_question(work, read_holding(market.home, "visits-north", 1))
