"""Lists of jobs come by the page; the inbox holds the newest results."""

from __future__ import annotations

import re

from world.portal_market import PortalMarket

from market.services.inbox.read_inbox import NEWEST_JOBS, read_inbox
from market.services.jobs.list_jobs import PAGE_JOBS


def submitted(market: PortalMarket, count: int) -> list[str]:
    """Ids of new jobs, newest first."""
    made = [market.submit().job for _ in range(count)]
    jobs = [market.platform.jobs.get(job) for job in made]
    newest = sorted(jobs, key=lambda job: (job.created_at, job.job), reverse=True)
    return [job.job for job in newest]


def test_the_api_goes_on_behind_a_job(listed: PortalMarket) -> None:
    made = submitted(listed, 5)
    browser, seen, after = listed.browser("bob"), list[str](), ""
    while page := browser.get(f"/api/v1/jobs?limit=2&after={after}").json():
        assert len(page) <= 2
        seen += [job["job"] for job in page]
        after = seen[-1]
    assert seen == made
    assert browser.get("/api/v1/jobs?limit=0").status_code == 422
    assert browser.get("/api/v1/jobs?limit=501").status_code == 422


def test_the_list_leads_a_buyer_to_a_question_and_an_owner_to_a_listing(
    listed: PortalMarket,
) -> None:
    ask, list_one = 'href="/jobs/new">Ask a question', 'href="/drafts">list a dataset'
    bobs, olgas = listed.browser("bob").get("/jobs").text, listed.browser("olga").get("/jobs").text
    assert ask in bobs
    assert list_one not in bobs
    assert list_one in olgas
    assert ask not in olgas


def test_a_place_in_a_list_of_strangers_is_not_found(listed: PortalMarket) -> None:
    (job,) = submitted(listed, 1)
    assert listed.browser("bob").get("/api/v1/jobs?after=job-unknown").status_code == 404
    assert listed.browser("eve").get(f"/api/v1/jobs?after={job}").status_code == 404


def test_the_pages_lead_to_older_jobs_to_the_last(listed: PortalMarket) -> None:
    made = submitted(listed, PAGE_JOBS + 3)
    for name, cursor in (("bob", "after"), ("olga", "after_on_own_data")):
        browser = listed.browser(name)
        first = browser.get("/jobs").text
        assert re.findall(r'href="/jobs/(job-[0-9a-f]+)"', first) == made[:PAGE_JOBS]
        assert f'href="/jobs?{cursor}={made[PAGE_JOBS - 1]}"' in first
        second = browser.get(f"/jobs?{cursor}={made[PAGE_JOBS - 1]}").text
        assert re.findall(r'href="/jobs/(job-[0-9a-f]+)"', second) == made[PAGE_JOBS:]
        assert "Older jobs" not in second


def test_the_inbox_holds_the_newest_results(listed: PortalMarket) -> None:
    released = [listed.released() for _ in range(NEWEST_JOBS + 2)]
    items = read_inbox(listed.platform, listed.user("bob"), now=listed.now)
    assert [item.kind for item in items] == ["open"] * NEWEST_JOBS
    assert {item.subject for item in items} <= {job.job for job in released}


def test_a_list_is_filtered_and_its_pages_keep_the_filter(listed: PortalMarket) -> None:
    submitted(listed, PAGE_JOBS + 2)
    planned = listed.planned()
    browser = listed.browser("olga")
    text = browser.get("/jobs?state=planned&who=north&words=ask").text
    assert re.findall(r'href="/jobs/(job-[0-9a-f]+)"', text) == [planned.job]
    assert "<strong><bdi>Ask</bdi></strong>" in text
    assert "4 statistics: count, mean, histogram, mean by group" in text
    assert "Bob Buyer</bdi>, <bdi>North Lab" in text
    waiting = browser.get("/jobs?state=under-way&who=bob&words=job").text
    assert "/jobs?state=under-way&amp;who=bob&amp;words=job&amp;after_on_own_data=job-" in waiting
    assert "No job on your data is like that." in browser.get("/jobs?who=nobody").text


def test_a_filter_that_cannot_be_read_is_said_so(listed: PortalMarket) -> None:
    submitted(listed, 1)
    answer = listed.browser("bob").get("/jobs?since=31.1.2027&words=lengths")
    assert answer.status_code == 422
    assert "is no date" in answer.text
    assert 'value="lengths"' in answer.text


def test_an_owner_reads_who_asked_what_and_what_it_came_to(listed: PortalMarket) -> None:
    page = f"/datasets/{listed.dataset}"
    assert "Nobody has asked it yet." in listed.browser("olga").get(page).text
    job = listed.released()
    text = listed.browser("olga").get(page).text
    assert f'href="/jobs/{job.job}"' in text
    assert "<dt>Revenue</dt><dd>12.50 EUR</dd>" in text
    assert "% spent" in text
    assert "Who asked what" not in listed.browser("bob").get(page).text
