"""The portal shows a buyer who has read a dataset's newest listing an earlier one: it is not taken,
whether to look at, to be priced, or to be signed for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.builders import a_listing, a_manifest, a_policy, sign, text

from market.client.kept.home import ClientHome
from market.client.verify.kept_publication import (
    asked_publication,
    keep_publication,
    kept_publication,
)
from market.errors import Refused

MANIFEST = text(sign(a_manifest()))
FIRST = a_listing()
SECOND = replace(FIRST, edition=2, policy=a_policy(price_cents=100))


def test_listing_that_was_seen_is_not_taken_back(tmp_path: Path) -> None:
    home = ClientHome(tmp_path)
    keep_publication(home, text(sign(FIRST)), MANIFEST)
    keep_publication(home, text(sign(SECOND)), MANIFEST)
    another = replace(SECOND, policy=a_policy(price_cents=200))
    for shown in (FIRST, another):
        with pytest.raises(Refused, match="listing-outdated"):
            keep_publication(home, text(sign(shown)), MANIFEST)
    kept = kept_publication(home, FIRST.dataset)
    assert kept is not None
    assert kept.listing == SECOND


def test_job_is_not_signed_for_at_a_price_that_was_seen_to_change(tmp_path: Path) -> None:
    home = ClientHome(tmp_path)
    keep_publication(home, text(sign(SECOND)), MANIFEST)
    with pytest.raises(Refused, match=r"listing-changed: .*price of a job: 0\.00, now 1\.00"):
        asked_publication(home, text(sign(FIRST)), MANIFEST)
    # What is signed for stayed as it was: the job goes on.
    third = replace(SECOND, edition=3, policy=a_policy(price_cents=100, access="request"))
    keep_publication(home, text(sign(third)), MANIFEST)
    assert asked_publication(home, text(sign(SECOND)), MANIFEST).listing == SECOND
