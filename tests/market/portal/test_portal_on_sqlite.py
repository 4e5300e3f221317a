"""The portal over the database it runs on, from the setup link to a released job."""

from __future__ import annotations

from pathlib import Path

from platform_database import made_database, sqlite_url
from portal_house import PASSWORD, make_house


def test_pages_and_api_serve_over_sqlite(tmp_path: Path) -> None:
    opened = made_database(sqlite_url(tmp_path))
    house = make_house(
        tmp_path,
        people=opened.people,
        catalogue=opened.catalogue,
        jobs=opened.jobs,
        ledger=opened.ledger,
        receipts=opened.receipts,
    )
    house.publish(access="request")
    house.grant("household-visits", "bob")
    job = house.released()
    browser = house.browser("bob")
    for path in ("/", "/datasets/household-visits", f"/jobs/{job.job}", "/inbox", "/account"):
        assert browser.get(path).status_code == 200
    assert browser.get(f"/api/v1/jobs/{job.job}/bundle").status_code == 200
    other = house.browser("eve")
    assert other.get(f"/jobs/{job.job}").status_code == 404
    page = "/datasets/household-visits"
    asked = other.post(f"{page}/access-requests", page=page, purpose="To compare.")
    assert asked.status_code == 303
    owner = house.browser("olga")
    assert "To compare." in owner.get(page).text
    assert house.stand("paused").status_code == 200
    assert "It is paused." in owner.get(page).text
    wrong = house.browser().post("/sign-in", page="/sign-in", user="bob", password=PASSWORD + "x")
    assert wrong.status_code == 403
    opened.database.close()
