"""The portal over the database it runs on, from the setup link to a released job."""

from __future__ import annotations

from pathlib import Path

from argon2 import PasswordHasher
from portal_house import PASSWORD, make_house

from market.adapters.database.catalogue import SqlCatalogue
from market.adapters.database.engine import open_database
from market.adapters.database.jobs import SqlJobs
from market.adapters.database.ledger import SqlLedger
from market.adapters.database.migrate import migrate
from market.adapters.database.people import SqlPeople


def test_pages_and_api_serve_over_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'portal.db'}"
    migrate(url, "platform")
    database = open_database(url)
    house = make_house(
        tmp_path,
        people=SqlPeople(database, PasswordHasher(1, 8, 1)),
        catalogue=SqlCatalogue(database),
        jobs=SqlJobs(database),
        ledger=SqlLedger(database),
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
    assert owner.post(f"{page}/standing/paused", page=page).status_code == 303
    wrong = house.browser().post("/sign-in", page="/sign-in", user="bob", password=PASSWORD + "x")
    assert wrong.status_code == 403
    database.close()
