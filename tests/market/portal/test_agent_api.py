from __future__ import annotations

import json

from portal_house import House

from market.records.receipt import Countersignature, Receipt
from market.records.signed import open_signed


def receipts(house: House, name: str, after: int = 0) -> list[dict[str, object]]:
    answer = house.browser().get(
        f"/api/v1/agent/receipts?after={after}&agent={house.agent.public.hex}",
        headers=house.token(name, "agent"),
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()
    return found


def test_an_agent_finds_every_receipt_it_signed_in_order(listed: House) -> None:
    jobs = [listed.released().job for _ in range(3)]
    found = receipts(listed, "olga")
    assert [(one["sequence"], one["job"]) for one in found] == list(enumerate(jobs, start=1))
    assert [one["sequence"] for one in receipts(listed, "olga", after=2)] == [3]
    both = json.loads(str(found[0]["receipt"]))
    receipt = open_signed(Receipt, both["receipt"].encode(), signer=listed.agent.public.hex)
    platform = listed.platform.identity.public.hex
    open_signed(Countersignature, both["countersignature"].encode(), signer=platform)
    assert receipt.record.sequence == 1


def test_receipts_stay_after_a_dataset_is_withdrawn(listed: House) -> None:
    listed.released()
    listed.stand("withdrawn")
    assert len(receipts(listed, "olga")) == 1


def test_another_owner_sees_none_of_them(listed: House) -> None:
    listed.released()
    assert receipts(listed, "bob") == []


def test_reconciliation_and_work_need_an_agents_token(listed: House) -> None:
    for path in (f"receipts?agent={listed.agent.public.hex}", "work"):
        answer = listed.browser().get(
            f"/api/v1/agent/{path}", headers=listed.token("olga", "owner", "client")
        )
        assert answer.json()["code"] == "token-scope"


def test_work_is_what_waits_for_the_agent(listed: House) -> None:
    listed.planned()
    listed.released()
    waiting = {listed.requested().job, listed.evaluated().job}
    answer = listed.browser().get("/api/v1/agent/work", headers=listed.token("olga", "agent"))
    assert {job["job"] for job in answer.json()} == waiting


def test_forks_are_shown_to_the_agents_owner_and_to_administrators(listed: House) -> None:
    first, second = listed.evaluated(), listed.evaluated()
    history, other = listed.release_of(first, "bob"), listed.release_of(second, "bob")
    headers = listed.token("olga", "agent")
    for job, (envelope, receipt), status in ((first, history, 200), (second, other, 409)):
        answer = listed.browser().send(
            "POST",
            f"/api/v1/jobs/{job.job}/release",
            json={"envelope": envelope, "receipt": receipt},
            headers=headers,
        )
        assert answer.status_code == status
    assert answer.json()["code"] == "receipt-forked"
    shown = {
        name: listed.browser()
        .get("/api/v1/receipts/forks", headers=listed.token(name, "client"))
        .json()
        for name in ("olga", "ada", "bob")
    }
    assert shown["olga"] == shown["ada"]
    assert (shown["olga"][0]["held"], shown["olga"][0]["offered"]) == (history[1], other[1])
    assert shown["bob"] == []


def test_an_agent_sends_receipts_alone_to_close_a_gap(listed: House) -> None:
    receipt = listed.release_of(listed.evaluated(), "bob")[1]
    agent = listed.agent.public.hex
    for sent, end in (([], 0), ([receipt], 1), ([], 1)):
        answer = listed.browser().send(
            "POST",
            "/api/v1/agent/receipts",
            json={"agent": agent, "receipts": sent},
            headers=listed.token("olga", "agent"),
        )
        assert answer.json() == {"sequence": end}
    answer = listed.browser().send(
        "POST",
        "/api/v1/agent/receipts",
        json={"agent": agent, "receipts": []},
        headers=listed.token("olga", "client"),
    )
    assert answer.json()["code"] == "token-scope"
