"""The platform puts another buyer's recipient key into a signed request: nobody answers it."""

from __future__ import annotations

from pathlib import Path

from world.declarations import COUNT
from world.live_market import forge, forged_evaluation, live_market

from crypto import canonical
from crypto.envelope import RecipientKey
from market.vault.store.replies import find_replies


def test_request_with_another_recipient_key_gets_no_share(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        job = market.requested(COUNT)
        signed = canonical.loads(market.document(job, "request").encode())
        signed["record"]["recipient_key"] = RecipientKey.generate().public_hex
        forge(market, job, request=canonical.dumps(signed).decode())
        market.step()
        approval = find_replies(market.store, job.job).get("approval")
        forged_evaluation(market, job, approval.document if approval else None)
        market.step()
        assert find_replies(market.store, job.job) == {}
