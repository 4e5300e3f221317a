"""A job that asks for all that its owner declared is quoted alike by portal and client, answered by
the agent, and takes no more than there is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from world.declarations import COUNT, parsed
from world.live_market import LiveMarket, live_market

from market.client.kept.home import ClientHome
from market.client.questions.price_program import priced_alike
from market.client.verify.asked_source import fetch_source
from market.plan.lowered import lower
from market.services.compute.plan_job import plan_job


def quoted(market: LiveMarket, epsilon: str) -> tuple[str, int]:
    """Epsilon and rho by the portal's quote, which is the one that the client computes."""
    portal = market.client("bob", "client")
    found = fetch_source(ClientHome(market.root / "bob"), portal, "visits")
    lowered = lower(COUNT, found.program_input.schema)
    priced = priced_alike(portal, found, lowered, "visits", epsilon)["quote"]
    return priced["epsilon"], priced["rho_units"]


def test_whole_declared_epsilon_is_answered_and_more_is_refused(tmp_path: Path) -> None:
    budget = parsed(budget="2").policy.budget_rho_units
    with live_market(tmp_path) as market:
        market.publish(budget="2")
        epsilon, rho_units = quoted(market, "2")
        assert Decimal("1.5") < Decimal(epsilon) < 2
        assert budget // 2 < rho_units <= budget
        job = market.released(epsilon="2")
        assert job.rho_units == rho_units
        submitted = market.submit(COUNT, epsilon="2.1")
        more = plan_job(market.platform, submitted, now=market.now)
        assert (more.state, more.end.code) == ("refused", "over-budget")
        assert more.end.next_action.startswith("Ask for epsilon 2 of Gaussian noise or less")
