"""The platform puts another buyer's recipient key into a signed request: nobody answers it."""

from __future__ import annotations

from pathlib import Path

from agent_house import COUNT, agent_house, forge, forged_evaluation

from crypto import canonical
from crypto.envelope import RecipientKey
from market.vault.store.replies import find_replies


def test_request_with_another_recipient_key_gets_no_share(tmp_path: Path) -> None:
    with agent_house(tmp_path) as house:
        house.publish()
        job = house.requested(COUNT)
        signed = canonical.loads((house.job(job).request or "").encode())
        signed["record"]["recipient_key"] = RecipientKey.generate().public_hex
        forge(house, job, request=canonical.dumps(signed).decode())
        house.step()
        approval = find_replies(house.store, job.job).get("approval")
        forged_evaluation(house, job, approval.document if approval else None)
        house.step()
        assert find_replies(house.store, job.job) == {}
