"""What a scrape tells: the table's metrics, no others, and nobody's name or address."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from world.portal_market import PortalMarket

from market.entities.overview import Part
from market.errors import Unavailable
from market.metrics import (
    BUILD,
    DATABASE_CONNECTIONS,
    DISK_FREE,
    PORTAL_METRICS,
    STORE_BYTES,
    STORE_REQUESTS,
    STORE_SECONDS,
)
from market.services.operation.read_operation import seen

OF_THE_PROCESS = {
    BUILD,
    DATABASE_CONNECTIONS,
    DISK_FREE,
    STORE_BYTES,
    STORE_REQUESTS,
    STORE_SECONDS,
}


def scraped(market: PortalMarket) -> str:
    return generate_latest(market.app.state.measures.registry).decode()


def values(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Of every sample, by its name and its labels' values in the order of their names."""
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_scrape_holds_the_tables_metrics_with_their_kinds_and_labels(
    listed: PortalMarket,
) -> None:
    listed.planned()
    listed.expired(listed.requested())
    listed.browser("bob").get("/jobs")
    listed.app.state.housekeeper.keep_house(now=listed.now)
    families = {one.name: one for one in text_string_to_metric_families(scraped(listed))}
    created = {name for name in families if name.endswith("_created")}
    expected = {one.name.removesuffix("_total"): one for one in PORTAL_METRICS}
    own = {name: one for name, one in expected.items() if one not in OF_THE_PROCESS}
    assert set(families) - created == set(own)
    for name, metric in own.items():
        assert families[name].type == metric.kind
        assert families[name].documentation == f"{metric.meaning}."
        for sample in families[name].samples:
            assert set(sample.labels) - {"le"} == set(metric.labels)


def test_jobs_are_counted_by_state_with_the_age_of_the_first(listed: PortalMarket) -> None:
    listed.planned()
    listed.now += 90
    listed.planned()
    listed.refused_by_owner()
    found = values(scraped(listed))
    assert found["market_jobs", ("planned",)] == 2
    assert found["market_jobs_oldest_age_seconds", ("planned",)] == 90
    refusals = {labels: n for (name, labels), n in found.items() if name.endswith("last_hour")}
    assert [(state, n) for (_code, state), n in refusals.items()] == [("refused", 1)]
    listed.now += 3_601
    assert not any(name.endswith("last_hour") for name, _ in values(scraped(listed)))


def test_parts_agents_budgets_and_storage_are_told_without_names(listed: PortalMarket) -> None:
    token = listed.people.issue_token("olga", ("agent",), "a", now=listed.now, lifetime_seconds=999)
    found = values(scraped(listed))
    assert found["market_agents", ("never",)] == 1
    assert found["market_budgets", ("80",)] == 0
    assert found["market_budgets", ("0",)] == len(listed.catalogue.budgets()) > 0
    assert found["market_stored_bytes", ()] == listed.catalogue.stored()[0].stored_bytes > 0
    assert found["market_part_up", ("object store",)] == 1
    listed.people.token_user(token, now=listed.now)
    listed.now += 200
    listed.platform.installation.found = (Part("object store", False, "silent"),)
    text = scraped(listed)
    found = values(text)
    assert (found["market_agents", ("hour",)], found["market_agents", ("never",)]) == (1, 0)
    assert found["market_part_up", ("object store",)] == 0
    assert "olga" not in text


@pytest.mark.parametrize(
    ("at", "name"),
    [(None, "never"), (1_000, "minutes"), (880, "hour"), (-2_601, "day"), (-85_400, "longer")],
)
def test_ages_of_agents_are_told_by_five_words(at: int | None, name: str) -> None:
    assert seen(at, 1_000) == name


def test_addresses_methods_and_names_that_clients_choose_make_no_series(
    listed: PortalMarket,
) -> None:
    job = listed.planned()
    browser = listed.browser("bob")
    for path in (f"/jobs/{job.job}", "/nowhere/at-all", "/setup/planted-secret"):
        browser.get(path)
    for number in range(3):
        browser.send(f"PLANTED{number}", "/catalogue")
    text = scraped(listed)
    for planted in (job.job, job.repository, "at-all", "planted-secret", "PLANTED", "bob"):
        assert planted not in text
    found = values(text)
    assert found["market_http_requests_total", ("GET", "/jobs/{job}", "200")] == 1
    others = [n for (name, of), n in found.items() if name.endswith("_total") and "other" in of]
    assert others == [3]


def test_without_its_database_the_rest_is_told(
    listed: PortalMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert values(scraped(listed))["market_database_up", ()] == 1

    def away() -> None:
        raise Unavailable("database-unavailable", "No answer.", "Later.")

    monkeypatch.setattr(listed.platform.jobs, "queues", away)
    found = values(scraped(listed))
    assert found["market_database_up", ()] == 0
    assert found["market_housekeeper_alive", ()] == 0
    assert ("market_quotes_in_line", ("short",)) in found


def test_the_public_address_serves_no_metrics(listed: PortalMarket) -> None:
    answer: httpx.Response = listed.browser("bob").get("/metrics")
    assert answer.status_code == 404
