"""A market with a portal before it in this process: browsers, tokens, and jobs in every state."""

from __future__ import annotations

import secrets
from pathlib import Path

import httpx

from crypto.secret import Secret, unchanging
from market.adapters.stores.local import LocalStore
from market.adapters.stores.signed_urls import UrlSigner
from market.entities.job import Job
from market.errors import MarketError
from market.portal.app import create_app
from market.records.standing import StandingWord
from market.services.access.grant_access import accept_grant
from market.services.compute.accept_approval import accept_refusal
from market.services.compute.plan_job import plan_job
from market.services.jobs.end_job import cancel_job
from market.services.operation.keep_house import expire_jobs
from market.settings import Settings
from world import household
from world.browser import Browser
from world.builders import DAY, a_grant, sign, text
from world.job_builders import a_refusal
from world.market import Market
from world.people import PASSWORD, a_key
from world.ports import Ports


class PortalMarket(Market):
    """It sells the household survey. `now` is the portal's clock."""

    dataset = household.DATASET
    question = household.PLAN
    schema = household.SCHEMA
    policy = household.POLICY
    description = household.DESCRIPTION
    agent = a_key("agent")

    def __init__(
        self,
        home: Path,
        ports: Ports | None = None,
        *,
        public_url: str = "http://127.0.0.1:8420",
        with_people: bool = True,
        trusted_proxies: int = 0,
    ) -> None:
        """
        Args:
            trusted_proxies: how many stand in front of it.
            with_people: False leaves the portal as it is before its setup link is used.
        """
        self.settings = Settings(
            home=home,
            public_url=public_url,
            housekeeping_seconds=3_600,
            portal_trusted_proxies=trusted_proxies,
            # Its mail is kept (world.memory.notices).
            smtp_host="mail.example.org",
        )
        urls = UrlSigner(
            f"{self.settings.portal_url}/objects", unchanging(Secret(secrets.token_bytes(32)))
        )
        super().__init__(
            ports,
            objects=LocalStore(home / "objects", urls),
            entropy=secrets.token_bytes,
            with_people=with_people,
        )
        self.app = create_app(self.platform, self.settings, clock=lambda: self.now)

    def browser(self, name: str = "") -> Browser:
        """A browser, signed in as `name` unless that is empty."""
        browser = Browser(self.app, self.settings.portal_url)
        if name:
            answer = browser.post("/sign-in", user=name, password=PASSWORD, page="/sign-in")
            assert answer.status_code == 303, answer.text
        return browser

    def token(self, name: str, *scopes: str) -> dict[str, str]:
        """Headers with an API token."""
        token = self.people.issue_token(name, scopes, "test", now=self.now, lifetime_seconds=3_600)
        return {"Authorization": f"Bearer {token}"}

    def send_standing(self, state: StandingWord) -> httpx.Response:
        """The owner's client says its next word on the dataset."""
        return self.browser().send(
            "POST",
            f"/api/v1/datasets/{self.dataset}/standing",
            json={"standing": self.standing_word(state)},
            headers=self.token("olga", "owner"),
        )

    def grant(self, dataset: str, buyer: str, rho_units: int = 5 * 10**10) -> None:
        """The owner lets a buyer in."""
        grant = a_grant(
            buyer,
            grant=secrets.token_hex(8),
            dataset=dataset,
            rho_units=rho_units,
            issued_at=self.now,
            expires_at=self.now + 30 * DAY,
        )
        accept_grant(self.platform, self.olga, text(sign(grant)), now=self.now)

    def cancelled(self) -> Job:
        return cancel_job(self.platform, self.bob, self.planned().job, now=self.now)

    def refused_by_owner(self, message: str = "Not for this purpose.") -> Job:
        job = self.requested()
        refusal = a_refusal(self.request_of(job), message=message, created_at=self.now)
        document = text(sign(refusal, by="agent"))
        return accept_refusal(self.platform, self.olga, job.job, document, now=self.now)

    def stopped_by(self, error: MarketError) -> Job:
        """A job whose plan could not be made."""
        job = self.submit()
        self.programs.failure = error
        try:
            return plan_job(self.platform, job, now=self.now)
        finally:
            self.programs.failure = None

    def expired(self, job: Job) -> Job:
        expire_jobs(self.platform, now=job.deadline)
        return self.job(job)
