"""Airflow's processes ask the portal for the forms, and keep what it said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from world.loopback import free_port, serving
from world.portal_market import PortalMarket

from market.adapters.platform_secrets import (
    FORMS,
    SIGN_ON,
    platform_secret,
    platform_secrets,
    secrets_directory,
)
from market.airflow.environment import FORMS_PATH
from market.entities.people import Organisation
from market.processes.rotate import begin_rotation, finish_rotation
from market.services.access.refresh_forms import refresh_forms

pytestmark = pytest.mark.processes

DAGS = Path(__file__).parent.parent.parent / "dags"
READ = """
import json, logging, sys
logging.basicConfig(stream=sys.stderr)
sys.path.insert(0, sys.argv[1])
from job_forms import read_forms
print("RESULT" + json.dumps([form["organisation"] for form in read_forms("organisations")]))
"""


class AskingAirflow:
    """A process of Airflow's, again and again, with one home."""

    def __init__(self, home: Path, market: PortalMarket, port: int) -> None:
        home.mkdir()
        self.home = home
        self.environment = {
            "PATH": os.environ["PATH"],
            "AIRFLOW_HOME": str(home),
            "MARKET_FORMS_URL": f"http://127.0.0.1:{port}{FORMS_PATH}",
            "MARKET_FORMS_SECRET": str(secrets_directory(market.settings) / FORMS),
        }

    def ask(self) -> tuple[list[str], str]:
        """The organisations that have a form, and what was logged."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", READ, str(DAGS)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        said, _, told = done.stdout.rpartition("RESULT")
        return json.loads(told), said + done.stderr


@pytest.fixture
def market(tmp_path: Path) -> PortalMarket:
    market = PortalMarket(tmp_path / "home")
    platform_secret(market.settings, FORMS)
    refresh_forms(market.platform, now=market.now)
    return market


def add_buyer_of(market: PortalMarket, organisation: str) -> None:
    """An organisation that has a form from now on."""
    market.people.add_organisation(Organisation(organisation, organisation.title()))
    name = f"buyer-of-{organisation}"
    buyer = replace(market.bob, user=name, organisation=organisation, identity_key="")
    market.people.add_user(buyer, "copper-lantern-orchid-42")
    refresh_forms(market.platform, now=market.now)


def test_forms_follow_the_portal_and_outlive_it(tmp_path: Path, market: PortalMarket) -> None:
    port = free_port()
    airflow = AskingAirflow(tmp_path / "airflow", market, port)
    assert airflow.ask()[0] == []
    with serving(market.app, port):
        first, said = airflow.ask()
        assert "north-lab" in first
        assert "does not give" not in said
        add_buyer_of(market, "harbour-lab")
        second, _ = airflow.ask()
        assert set(second) == {*first, "harbour-lab"}
    third, said = airflow.ask()
    assert third == second
    assert "The portal does not give the forms" in said
    assert platform_secret(market.settings, FORMS).reveal().hex() not in said


def test_what_was_cut_short_is_asked_for_again(tmp_path: Path, market: PortalMarket) -> None:
    port = free_port()
    airflow = AskingAirflow(tmp_path / "airflow", market, port)
    (airflow.home / "forms.json").write_text('{"tag": "1')
    with serving(market.app, port):
        assert "north-lab" in airflow.ask()[0]
    assert "north-lab" in airflow.ask()[0]


def test_forms_are_for_whoever_has_their_secret(market: PortalMarket) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}{FORMS_PATH}"

    def status(secret: bytes, tag: str = "") -> int:
        headers = {"Authorization": b"Bearer " + secret, "If-None-Match": tag.encode()}
        return httpx.get(url, headers=headers).status_code

    def shown(name: str) -> bytes:
        return platform_secret(market.settings, name).reveal().hex().encode()

    with serving(market.app, port):
        old = shown(FORMS)
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers=market.token("ada", "client")).status_code == 401
        for wrong in (b"x", b"\xe4", shown(SIGN_ON), old[:-1]):
            assert status(wrong) == 401
        assert status(old) == 200
        assert status(old, '"1"') == 304
        begin_rotation(market.settings, FORMS)
        assert len(platform_secrets(market.settings, FORMS)) == 2
        assert status(old) == status(shown(FORMS)) == 200
        finish_rotation(market.settings, FORMS)
        assert (status(old), status(shown(FORMS))) == (401, 200)
