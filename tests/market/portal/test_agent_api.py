from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from world.memory.catalogue import MemoryCatalogue
from world.portal_market import PortalMarket

from market.errors import Conflict
from market.records.receipt import Receipt
from market.records.signed import open_signed, sign_record
from market.services.release.accept_release import accept_release
from market.services.release.keep_receipts import read_forks
from market.services.release.read_receipts import read_receipts


def receipts(market: PortalMarket, name: str, after: int = 0) -> list[dict[str, object]]:
    answer = market.browser().get(
        f"/api/v1/agent/receipts?after={after}&agent={market.agent.public.hex}",
        headers=market.token(name, "agent"),
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def test_an_agent_finds_every_receipt_it_signed_in_order(listed: PortalMarket) -> None:
    jobs = [listed.released().job for _ in range(3)]
    found = receipts(listed, "olga")
    assert [(one["sequence"], one["job"]) for one in found] == list(enumerate(jobs, start=1))
    assert [one["sequence"] for one in receipts(listed, "olga", after=2)] == [3]
    text = str(found[0]["receipt"]).encode()
    assert open_signed(Receipt, text, signer=listed.agent.public.hex).record.sequence == 1


def test_chain_comes_a_page_at_a_time(listed: PortalMarket) -> None:
    for _ in range(3):
        listed.released()
    olga, agent = listed.user("olga"), listed.agent.public.hex
    first = read_receipts(listed.platform, olga, agent=agent, after=0, limit=2)
    assert ([kept.sequence for kept in first.receipts], first.further) == ([1, 2], 2)
    last = read_receipts(listed.platform, olga, agent=agent, after=2, limit=2)
    assert ([kept.sequence for kept in last.receipts], last.further) == ([3], None)
    # No gap where nothing of a page is the reader's: it goes on behind what was looked at.
    strangers = read_receipts(listed.platform, listed.user("bob"), agent=agent, after=0, limit=2)
    assert (strangers.receipts, strangers.further) == ((), 2)
    whole = read_receipts(listed.platform, olga, agent=agent, after=0, limit=3)
    assert (len(whole.receipts), whole.further) == (3, None)


def test_receipts_stay_after_a_dataset_is_withdrawn(listed: PortalMarket) -> None:
    listed.released()
    listed.stand("withdrawn")
    assert len(receipts(listed, "olga")) == 1


def test_another_owner_sees_none_of_them(listed: PortalMarket) -> None:
    listed.released()
    assert receipts(listed, "bob") == []


def test_receipt_that_came_alone_is_shown_without_a_job(listed: PortalMarket) -> None:
    """Its job is lost here, or was on its way: the chain has no gap all the same."""
    job = listed.evaluated()
    receipt = listed.release_texts(job)[1]
    other = replace(open_signed(Receipt, receipt.encode()).record, request_hash="5" * 64)
    lost = sign_record(listed.agent, other)
    listed.platform.receipts.append(lost, now=listed.now)
    listed.released()
    assert [(one["sequence"], bool(one["job"])) for one in receipts(listed, "olga")] == [
        (1, False),
        (2, True),
    ]


def test_owner_who_names_anothers_agent_sees_nothing_of_its_chain(listed: PortalMarket) -> None:
    first, second = listed.evaluated(), listed.evaluated()
    history, other = listed.release_texts(first), listed.release_texts(second)
    for job, documents in ((first, history), (second, other)):
        with suppress(Conflict):
            accept_release(
                listed.platform, listed.user("olga"), job.job, *documents, now=listed.now
            )
    catalogue = listed.platform.catalogue
    assert isinstance(catalogue, MemoryCatalogue)
    mine = catalogue.dataset("household-visits")
    catalogue.versions["mallorys"] = [replace(mine, owner="mallory", dataset="mallorys")]
    catalogue.owners["mallorys"] = "mallory"
    mallory = replace(listed.user("olga"), user="mallory")
    agent = listed.agent.public.hex
    assert read_receipts(listed.platform, mallory, agent=agent, after=0).receipts == ()
    assert read_forks(listed.platform, mallory).forks == ()
    assert len(read_forks(listed.platform, listed.user("olga")).forks) == 1


def test_reconciliation_and_work_need_an_agents_token(listed: PortalMarket) -> None:
    for path in (f"receipts?agent={listed.agent.public.hex}", "work"):
        answer = listed.browser().get(
            f"/api/v1/agent/{path}", headers=listed.token("olga", "owner", "client")
        )
        assert answer.json()["code"] == "token-scope"


def test_work_is_what_waits_for_the_agent(listed: PortalMarket) -> None:
    listed.planned()
    listed.released()
    waiting = {listed.requested().job, listed.evaluated().job}
    answer = listed.browser().get("/api/v1/agent/work", headers=listed.token("olga", "agent"))
    assert {job["job"] for job in answer.json()} == waiting
    for job in answer.json():
        named = [{"dataset": "household-visits", "version": 1, "edition": 1}]
        assert job["own"] == job["datasets"] == named
        assert job["parties"] == [listed.agent.public.hex]


def test_forks_are_shown_to_the_agents_owner_and_to_administrators(listed: PortalMarket) -> None:
    first, second = listed.evaluated(), listed.evaluated()
    history, other = listed.release_texts(first), listed.release_texts(second)
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
    shown = {name: page["items"] for name, page in shown.items()}
    assert (shown["olga"][0]["held"], shown["olga"][0]["offered"]) == (history[1], other[1])
    assert shown["bob"] == []


def test_an_agent_sends_receipts_alone_to_close_a_gap(listed: PortalMarket) -> None:
    receipt = listed.release_texts(listed.evaluated())[1]
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
