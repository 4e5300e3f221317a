"""The operator's page and its JSON: calm when all is well, plain about what is not."""

from __future__ import annotations

from world.portal_market import PortalMarket

from market.entities.overview import Part
from market.errors import Unavailable
from market.portal.housekeeper import Housekeeper
from market.portal.views.operations import sentence
from market.services.operation.oversee import oversee

PAGE = "/administration/operations"


def test_new_platform_says_that_nothing_is_there_and_who_should_be(market: PortalMarket) -> None:
    text = market.browser("ada").get(PAGE).text
    for empty in ("No job is under way.", "Nothing is published yet.", "No dataset is listed."):
        assert empty in text
    assert "No process does the housekeeping." in text


def test_page_and_api_tell_of_a_late_job(listed: PortalMarket) -> None:
    job = listed.requested()
    listed.now += 3_700
    Housekeeper(listed.platform, 1, "portal-1").go_round(now=listed.now)
    text = listed.browser("ada").get(PAGE).text
    assert "1 job waits longer than usual." in text
    assert job.job in text
    assert "approval-timeout" in text
    answer = listed.browser().send(
        "GET", "/api/v1/administration/operations", headers=listed.token("ada", "client")
    )
    told = answer.json()
    assert [late["job"] for late in told["late"]] == [job.job]
    assert told["leader"] == "portal-1"
    assert {part["name"]: part["is_well"] for part in told["parts"]}["relay"]


def test_trouble_of_whoever_leads_is_seen_by_all_and_so_is_its_end(listed: PortalMarket) -> None:
    listed.approved()
    leader = Housekeeper(listed.platform, 1, "portal-1")
    listed.scheduler.failure = Unavailable("airflow-unavailable", "No answer.", "Later.")
    leader.go_round(now=listed.now)
    page = listed.browser("ada").get(PAGE).text
    assert "Housekeeping cannot answer waits" in page
    listed.scheduler.failure = None
    listed.now += 120
    leader.go_round(now=listed.now)
    page = listed.browser("ada").get(PAGE).text
    assert "well again after 2 minutes" in page
    assert "cannot" not in page


def test_next_leader_takes_back_what_the_dead_one_told(listed: PortalMarket) -> None:
    listed.platform.troubles.tell({"answer_waits": "airflow-unavailable"}, "dead", now=listed.now)
    Housekeeper(listed.platform, 1, "next").go_round(now=listed.now + 60)
    [trouble] = listed.platform.troubles.known()
    assert trouble.ended_at == listed.now + 60


def test_sentence_names_the_parts_that_are_not_well(market: PortalMarket) -> None:
    installation = market.platform.installation
    Housekeeper(market.platform, 1, "portal-1").go_round(now=market.now)
    found = oversee(market.platform, market.user("ada"), now=market.now)
    assert sentence(found) == "All is well: nothing waits longer than usual."
    installation.found = tuple(Part(name, False, "silent") for name in ("relay", "object store"))
    found = oversee(market.platform, market.user("ada"), now=market.now)
    assert sentence(found) == "Relay and object store are not well."
