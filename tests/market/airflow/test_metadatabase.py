"""Where Airflow keeps its database, and what of its configuration follows from that."""

from __future__ import annotations

from pathlib import Path

import pytest

from market.airflow.metadatabase import airflow_home, database_options
from market.errors import Refused
from market.settings import Settings

CONN, ASYNC = "DATABASE__SQL_ALCHEMY_CONN", "DATABASE__SQL_ALCHEMY_CONN_ASYNC"


def test_sqlite_lies_under_the_home_and_is_waited_for(tmp_path: Path) -> None:
    options = database_options(Settings(home=tmp_path))
    assert options[CONN] == f"sqlite:///{airflow_home(tmp_path)}/airflow.db"
    assert "DATABASE__SQL_ALCHEMY_CONNECT_ARGS" in options


def test_server_is_asked_by_one_driver_and_needs_no_patience(tmp_path: Path) -> None:
    given = "postgresql://airflow:p%24w%25@db.example.org/airflow?sslmode=verify-full"
    options = database_options(Settings(home=tmp_path, airflow_database_url=given))
    assert options[CONN] == options[ASYNC]
    assert options[CONN].startswith("postgresql+psycopg://airflow:")
    assert "$" not in options[CONN]
    assert options[CONN].endswith("@db.example.org/airflow?sslmode=verify-full")
    assert set(options) == {CONN, ASYNC}


@pytest.mark.parametrize("url", ["sqlite:////tmp/airflow.db", "mysql://db/airflow", "airflow"])
def test_address_of_anything_else_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(Refused, match="database-url"):
        database_options(Settings(home=tmp_path, airflow_database_url=url))
