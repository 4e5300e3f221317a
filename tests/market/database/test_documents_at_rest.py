"""A signed document altered in the database is noticed when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update
from world.builders import NOW, a_listing, a_manifest, sign, text
from world.platform_database import made_database, sqlite_url

from crypto.errors import SignatureError
from market.database.catalogue.tables import DATASET_VERSION
from market.entities.people import Organisation, User


def test_document_altered_in_the_database_is_not_served(tmp_path: Path) -> None:
    platform = made_database(sqlite_url(tmp_path))
    platform.people.add_organisation(Organisation("lab", "Laboratory"))
    platform.people.add_user(
        User("ada", "lab", "Ada", ("owner",), "", True), "four unrelated words"
    )
    listing = sign(a_listing())
    platform.catalogue.publish(
        listing, sign(a_manifest()), owner="ada", organisation="lab", caps={}, now=NOW
    )
    altered = text(listing).replace("eleven clinics", "twelve clinics")
    with platform.database.transaction() as connection:
        connection.execute(update(DATASET_VERSION).values(listing=altered))
    with pytest.raises(SignatureError):
        platform.catalogue.search("")
    platform.database.close()
