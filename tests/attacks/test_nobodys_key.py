"""An owner names an agent's key that is a point of small order, under which signatures are made
without any secret. No receipt of it would prove anything: whoever is shown one could have made it,
and its owner could disown them all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.sealed_results import released_job

from crypto.errors import SignatureError
from market.records.receipt import Receipt
from market.records.signed import Signed, open_signed

IDENTITY = "01" + "00" * 31
SIGNATURE = IDENTITY + "00" * 32
"""R the neutral point and S zero: no secret is in it."""


def test_nobody_signs_receipts_under_a_key_that_hides_nothing() -> None:
    story = released_job()
    receipt = story.receipt(story.envelope())
    for rho_units in (1, 10**12):
        said = Signed(replace(receipt, rho_units=rho_units), IDENTITY, SIGNATURE)
        with pytest.raises(SignatureError, match="small order"):
            open_signed(Receipt, said.encode(), signer=IDENTITY)
