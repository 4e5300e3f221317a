"""Attack: a buyer who asks what somebody else has asked, to see whether it costs less.

Eve asks one question in two houses. In one of them Bob has asked it before, in the other something
else of the same price. Whatever she is shown must be the same; only the owner's ledger tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent_house import AgentHouse, agent_house, now, plan_of

from crypto import canonical
from market import wire
from market.entities.job import Job
from market.plan.expression import Column
from market.plan.plan import Plan
from market.plan.statistics import Sum
from market.policy.accounts import lineage_accounts
from market.services.plan_job import plan_job
from market.services.submit_job import submit_job
from market.vault.store.spending import balances

VISITS, INSURED = plan_of(Sum(Column("visits"))), plan_of(Sum(Column("insured")))


@contextmanager
def two_houses(root: Path, budget: str) -> Iterator[tuple[AgentHouse, AgentHouse]]:
    """(where Bob asked what Eve will ask, where they asked something else of the same price)."""
    with agent_house(root / "asked") as asked, agent_house(root / "fresh") as fresh:
        for house, plan in ((asked, VISITS), (fresh, INSURED)):
            house.publish(budget=budget)
            house.released(plan)
        yield asked, fresh


def spent_on_people(house: AgentHouse) -> int:
    """The owner's view, by both ledgers."""
    manifest = house.platform.catalogue.dataset("visits").manifest.record
    (account,) = lineage_accounts(manifest)
    own = balances(house.store, [account])[account].spent_units
    assert own == house.platform.ledger.balance(account).spent_units
    return own


def shown_to_eve(house: AgentHouse, job: Job) -> list[str]:
    """Quote, dataset, job, timeline, bundle and receipt, as her client and her browser get them."""
    client = house.client("eve", "client")
    quote = {"dataset": "visits", "plan": wire.encode(VISITS).decode(), "epsilon": "0.5"}
    answers: list[Any] = [
        client.post("quotes", quote),
        client.get("datasets/visits"),
        client.get(f"jobs/{job.job}"),
        client.get("jobs"),
    ]
    if house.job(job).state == "released":
        answers.append(canonical.loads(client.get_bytes(f"jobs/{job.job}/bundle")))
    return [blurred(str(answer)) for answer in answers]


def blurred(text: str) -> str:
    """The text without keys, hashes, ciphertext, names drawn at random, and points in time."""
    without_names = re.sub(r"(job-|market__)[0-9a-f]+", "#", text)
    without_hex = re.sub(r"\b[0-9a-f]{16,}\b", "#", without_names)
    return re.sub(r"\b[0-9]{10}\b", lambda found: _moment(int(found[0])), without_hex)


def _moment(number: int) -> str:
    return "@" if abs(number - now()) < 10**7 else str(number)


def test_who_asks_second_is_shown_and_charged_what_the_first_would_be(tmp_path: Path) -> None:
    with two_houses(tmp_path, "8") as houses:
        before = [spent_on_people(house) for house in houses]
        jobs = [house.released(VISITS, buyer="eve") for house in houses]
        asked, fresh = (shown_to_eve(house, job) for house, job in zip(houses, jobs, strict=True))
        assert asked == fresh
        price = jobs[0].rho_units
        assert f'"rho_units":{price}' in asked[-1]
        # What it really cost the people, the owner alone knows.
        assert [spent_on_people(house) for house in houses] == [before[0], before[1] + price]


def test_where_no_budget_is_left_for_a_new_question_an_old_one_is_refused_alike(
    tmp_path: Path,
) -> None:
    # Enough for one job of epsilon 0.5, and for no second.
    with two_houses(tmp_path, "0.6") as houses:
        refused = [refusal(house, VISITS) for house in houses]
        assert refused[0] == refused[1]
        assert refused[0][:2] == ("refused", "over-budget")


def refusal(house: AgentHouse, plan: Plan) -> tuple[str, str, str]:
    commit = "e" * 40
    house.stages.plans[commit] = plan
    job = submit_job(
        house.platform,
        house.platform.people.user("eve"),
        repository="https://example.org/q.git",
        commit=commit,
        dataset="visits",
        epsilon="0.5",
        now=now(),
    )
    ended = plan_job(house.platform, job, now=now())
    return ended.state, ended.code, ended.message
