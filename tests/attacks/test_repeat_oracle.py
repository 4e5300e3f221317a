"""Attack: a buyer who asks what somebody else has asked, to see whether it costs less.

Eve asks one question in two markets. In one of them Bob has asked it before, in the other something
else of the same price. Whatever they are shown must be the same; only the owner's ledger tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from world.declarations import plan_of
from world.live_market import LiveMarket, live_market, now

from crypto import canonical
from market import wire
from market.entities.job import Job
from market.plan.expression import Column
from market.plan.plan import Plan
from market.plan.statistics import Sum
from market.policy.budget.accounts import lineage_accounts
from market.services.compute.plan_job import plan_job
from market.vault.store.spending import balances

VISITS, INSURED = plan_of(Sum(Column("visits"))), plan_of(Sum(Column("insured")))


@contextmanager
def two_markets(root: Path, budget: str) -> Iterator[tuple[LiveMarket, LiveMarket]]:
    """(where Bob asked what Eve will ask, where they asked something else of the same price)."""
    with live_market(root / "asked") as asked, live_market(root / "fresh") as fresh:
        for market, plan in ((asked, VISITS), (fresh, INSURED)):
            market.publish(budget=budget)
            market.released(plan)
        yield asked, fresh


def spent_on_people(market: LiveMarket) -> int:
    """The owner's view, by both ledgers."""
    manifest = market.platform.catalogue.dataset("visits").manifest.record
    (account,) = lineage_accounts(manifest)
    own = balances(market.store, [account])[account].spent_units
    assert own == market.platform.ledger.balance(account).spent_units
    return own


def shown_to_eve(market: LiveMarket, job: Job) -> list[str]:
    """Quote, dataset, job, timeline, bundle and receipt, as their client and browser get them."""
    client = market.client("eve", "client")
    quote = {"dataset": "visits", "plan": wire.encode(VISITS).decode(), "epsilon": "0.5"}
    answers: list[Any] = [
        client.post("quotes", quote),
        client.get("datasets/visits"),
        client.get(f"jobs/{job.job}"),
        client.get("jobs"),
    ]
    if market.job(job).state == "released":
        answers.append(canonical.loads(client.get_bytes(f"jobs/{job.job}/bundle")))
    return [blurred(str(answer)) for answer in answers]


def blurred(text: str) -> str:
    """The text without keys, hashes, ciphertext, names drawn at random, and points in time."""
    without_names = re.sub(r"(job-|market__|\"twin_seed\":)[0-9a-f]+", "#", text)
    without_hex = re.sub(r"\b[0-9a-f]{16,}\b", "#", without_names)
    return re.sub(r"\b[0-9]{10}\b", lambda found: _moment(int(found[0])), without_hex)


def _moment(number: int) -> str:
    return "@" if abs(number - now()) < 10**7 else str(number)


def test_who_asks_second_is_shown_and_charged_what_the_first_would_be(tmp_path: Path) -> None:
    with two_markets(tmp_path, "8") as markets:
        before = [spent_on_people(market) for market in markets]
        jobs = [market.released(VISITS, buyer="eve") for market in markets]
        asked, fresh = (
            shown_to_eve(market, job) for market, job in zip(markets, jobs, strict=True)
        )
        assert asked == fresh
        price = jobs[0].rho_units
        assert f'"rho_units":{price}' in asked[-1]
        # What it really cost the people, the owner alone knows.
        assert [spent_on_people(market) for market in markets] == [before[0], before[1] + price]


def test_where_no_budget_is_left_for_a_new_question_an_old_one_is_refused_alike(
    tmp_path: Path,
) -> None:
    # Enough for one job of epsilon 0.5, and for no second.
    with two_markets(tmp_path, "0.6") as markets:
        refused = [refusal(market, VISITS) for market in markets]
        assert refused[0] == refused[1]
        assert refused[0][:2] == ("refused", "over-budget")


def refusal(market: LiveMarket, plan: Plan) -> tuple[str, str, str]:
    ended = plan_job(market.platform, market.submit(plan, buyer="eve"), now=now())
    return ended.state, ended.end.code, ended.end.message
