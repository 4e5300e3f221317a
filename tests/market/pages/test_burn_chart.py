"""A budget's chart steps once a day, and ends where the ledger says."""

from __future__ import annotations

from market.entities.account import Balance, SpentDay
from market.pages.burn_chart import burn_chart

DAY = 24 * 3_600


def test_it_rises_by_days_to_what_is_spent() -> None:
    days = [SpentDay(0, 100), SpentDay(5 * DAY, 300)]
    chart = burn_chart(days, Balance("a", 1_000, 400, 0), now=10 * DAY)
    assert chart is not None
    assert (chart.percent, chart.top_percent, chart.since, chart.until) == (40, 50, 0, 10 * DAY)
    assert chart.line == "0,120 0,120 0,96 300,96 300,24 600,24"
    assert chart.area == chart.line + " 600,120"


def test_the_day_that_began_it_all_is_a_day_wide() -> None:
    chart = burn_chart([SpentDay(DAY, 1)], Balance("a", 1_000, 1, 0), now=DAY + 5)
    assert chart is not None
    assert (chart.percent, chart.top_percent, chart.until) == (1, 5, 2 * DAY)


def test_nothing_spent_is_no_chart() -> None:
    assert burn_chart([], Balance("a", 1_000, 0, 400), now=DAY) is None
