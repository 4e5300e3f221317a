"""A well-signed question on two datasets, or to two agents: refused by name wherever it is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from world.declarations import COUNT
from world.live_market import LiveMarket, forge, live_market, now
from world.sealed_results import Story, released_job

from crypto import canonical
from crypto.identity import SigningKey
from market import wire
from market.agent.loop import collect
from market.client.check_bundle import Expected, check_bundle
from market.entities.job import Job
from market.errors import Refused
from market.judgement.question import Work, read_question
from market.policy.one_of_each import MoreThanOne, one_dataset, one_party
from market.records.request import Request, RequestedDataset
from market.records.signed import sign_record
from market.services.accept_request import accept_request
from market.services.quote_plan import plan_to_price, price_plan
from market.vault.holdings import read_holding
from market.vault.store.replies import find_replies
from market.vault.store.spending import balances

pytestmark = pytest.mark.stories

OTHER_AGENT = SigningKey.generate().public.hex
ANOTHER = RequestedDataset("zoo-visits", 1, "ab" * 32, 0)
CODES = ["one-dataset", "one-party"]


def widened(request: Request, code: str) -> Request:
    """The same question, asked on another dataset as well, or to another agent as well."""
    if code == "one-dataset":
        return replace(request, datasets=(*request.datasets, ANOTHER))
    return replace(request, parties=tuple(sorted((*request.parties, OTHER_AGENT))))


def widened_text(market: LiveMarket, job: Job, code: str) -> str:
    signed = wire.from_json(Request, canonical.loads(market.request(job).encode())["record"])
    return sign_record(market.keys["bob"], widened(signed, code)).encode().decode()


def spent(market: LiveMarket) -> list[int]:
    """Of every account of the people asked: at the platform and at the agent."""
    accounts = [f"lineage/{lineage}/1" for lineage in lineages(market)]
    at_agent = balances(market.store, tuple(accounts))
    return [
        *(market.platform.ledger.balance(account).spent_units for account in accounts),
        *(at_agent[account].spent_units for account in accounts),
    ]


def lineages(market: LiveMarket) -> tuple[str, ...]:
    return market.platform.catalogue.dataset("visits").manifest.record.lineages


@pytest.mark.parametrize("code", CODES)
def test_platform_and_agent_refuse_more_than_one(tmp_path: Path, code: str) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        job = market.planned(COUNT)
        text = widened_text(market, job, code)
        with pytest.raises(MoreThanOne) as at_platform:
            accept_request(market.platform, job.job, text, now=now())
        assert at_platform.value.code == code
        assert market.job(job) == job
        forge(market, job, request=text, state="requested")
        work = Work(
            job.job,
            job.datasets,
            job.datasets,
            "requested",
            market.document(job, "plan"),
            text,
            None,
        )
        with pytest.raises(MoreThanOne) as at_agent:
            read_question(work, read_holding(market.home, "visits", 1))
        assert at_agent.value.code == code
        collect(market.agent(), now=now())
        assert find_replies(market.store, job.job) == {}
        assert spent(market) == [0, 0]


@pytest.mark.parametrize("code", CODES)
def test_client_opens_no_result_of_more_than_one(code: str) -> None:
    plain = released_job()
    story: Story = replace(plain, request=widened(plain.request, code))
    expected = Expected(
        request_text=story.request_text,
        buyer_key=story.buyer.public.hex,
        buyer=story.buyer.public.fingerprint(),
        recipient_key=story.recipient.public_hex,
        platform_key=story.platform.public.hex,
        pin=lambda _kind, _name, _key: None,
        keep_first=lambda seen: seen,
    )
    with pytest.raises(MoreThanOne) as refused:
        check_bundle(story.bundle(), expected)
    assert refused.value.code == code


def test_plan_on_two_datasets_has_no_quote(tmp_path: Path) -> None:
    with live_market(tmp_path) as market:
        market.publish()
        for datasets, code in (
            (("visits", "zoo-visits"), "one-dataset"),
            (("zoo-visits",), "plan-datasets"),
        ):
            plan = wire.encode(replace(COUNT, datasets=datasets)).decode()
            with pytest.raises(Refused) as refused:
                price_plan(
                    plan_to_price(market.platform, market.user("bob"), "visits", plan, "0.5")
                )
            assert refused.value.code == code


def test_one_is_handed_through_and_none_is_not_one() -> None:
    assert (one_dataset(["a"]), one_party(["b"])) == ("a", "b")
    for choose, code in ((one_dataset, "one-dataset"), (one_party, "one-party")):
        for several in ([], ["a", "b"]):
            with pytest.raises(MoreThanOne) as refused:
                choose(several)
            assert refused.value.code == code
