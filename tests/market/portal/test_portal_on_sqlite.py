"""The portal over the database it runs on, from the setup link to a released job."""

from __future__ import annotations

from pathlib import Path

from world.people import PASSWORD
from world.platform_database import made_database, sqlite_url
from world.portal_market import PortalMarket


def test_pages_and_api_serve_over_sqlite(tmp_path: Path) -> None:
    opened = made_database(sqlite_url(tmp_path))
    market = PortalMarket(
        tmp_path,
        opened,
    )
    market.publish(access="request")
    market.grant("household-visits", "bob")
    job = market.released()
    browser = market.browser("bob")
    for path in ("/", "/datasets/household-visits", f"/jobs/{job.job}", "/inbox", "/account"):
        assert browser.get(path).status_code == 200
    assert browser.get(f"/api/v1/jobs/{job.job}/bundle").status_code == 200
    other = market.browser("eve")
    assert other.get(f"/jobs/{job.job}").status_code == 404
    page = "/datasets/household-visits"
    asked = other.post(f"{page}/access-requests", page=page, purpose="To compare.")
    assert asked.status_code == 303
    owner = market.browser("olga")
    assert "To compare." in owner.get(page).text
    assert market.send_standing("paused").status_code == 200
    assert "It is paused" in owner.get(page).text
    wrong = market.browser().post("/sign-in", page="/sign-in", user="bob", password=PASSWORD + "x")
    assert wrong.status_code == 403
    opened.database.close()
