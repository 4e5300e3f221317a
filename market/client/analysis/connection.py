"""A person's connection to their portal, for Python: find, price, submit, sign, open.

    here = client.connect()
    here.datasets("visits")
    job = here.submit("ask", "household-visits", epsilon="0.5")
    here.sign(here.wait(job, until="planned"))
    here.open(here.wait(job)).plot("visits_mean")
    here.share(job, "bea")

Thin over the modules that the command line calls: the same homes, keys and checks. Keys stay in
this process; a result that was opened once opens again without the portal.
"""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from crypto.secret import Secret
from market.adapters.repository import FetchLimits
from market.client.analysis.comparison import frame_of
from market.client.analysis.keyboard import ask, tell_first_sight
from market.client.analysis.listed import Dataset, Datasets, Job, Jobs
from market.client.analysis.quoted import Quote
from market.client.analysis.result import Result
from market.client.analysis.sharing import Sharing
from market.client.http.api import PortalClient
from market.client.http.pages_of import datasets_of
from market.client.http.portal_address import portal_address
from market.client.kept.home import ClientHome
from market.client.kept.kept_program import forget_ended
from market.client.kept.keys import Keyring
from market.client.kept.login import login
from market.client.kept.passphrase import passphrase_of
from market.client.questions.confirm_program import person_says, read_submission
from market.client.questions.first_program import first_program
from market.client.questions.price_program import priced_alike
from market.client.questions.rebuild_plan import Nearby, build_directory
from market.client.questions.repository import checkout_at, new_repository
from market.client.questions.sign_request import review, send, sign
from market.client.questions.submit_program import (
    bundle_of,
    commit_here,
    copy_of,
    submit,
    token_in,
)
from market.client.questions.wait_for_job import wait_for
from market.client.results.compare_results import compared
from market.client.results.open_shared import fetch_and_open
from market.client.results.opened_answers import answers_in
from market.client.results.opened_results import opened_result
from market.client.verify.asked_source import fetch_source
from market.client.verify.kept_publication import ask_dataset, keep_shown
from market.entities.job_states import State
from market.errors import NotFound, Refused
from market.plan.lowered import lower
from market.policy.submission.submission import Submission

HOME: Final = "MARKET_CLIENT_HOME"
WAIT_SECONDS: Final = 24 * 3_600
_FETCHED: Final = FetchLimits(allow_file=True)
_INBOX: Final = ("since", "subject", "text", "command")
_CONSORTIUM: Final = ("consortium", "number", "title", "composition", "organisations", "state")


def connect(
    home: str | Path | None = None,
    *,
    url: str = "",
    user: str = "",
    password: Callable[[], str] = lambda: getpass.getpass("Password: "),
    passphrase: Callable[[], str] = lambda: getpass.getpass("Passphrase of your keys: "),
) -> Client:
    """Where a person is signed in; or, with `url` and `user`, sign them in there first.

    Args:
        home: the client's folder; else what MARKET_CLIENT_HOME names, else ~/.market/client.
        password: asked for when there is a sign-in.
        passphrase: asked for when keys need one.

    Raises:
        NotPermitted: `not-signed-in`, or wrong user or password.
        Refused: `address-malformed`; `platform-key-changed` when the portal shows another key than
            at first.
    """
    named = home or os.environ.get(HOME) or Path.home() / ".market" / "client"
    place = ClientHome(Path(named), tell_first_sight)
    if url:
        url = portal_address(url)
        secret = Secret(password().encode())
        login(place, url, user, secret, scopes=("client",), label="Python")
    keyring = Keyring(place, lambda: passphrase_of(passphrase()))
    return Client(place, keyring)


class Client(Sharing):
    """One person at one portal."""

    def __init__(self, home: ClientHome, keyring: Keyring) -> None:
        account = home.account()
        self._home = home
        self._keyring = keyring
        self._portal = PortalClient(account.url, account.token)
        self._platform_key = account.platform_key
        self.user = account.user
        self.url = account.url
        self.currency = account.currency

    def __repr__(self) -> str:
        return f"<{self.user} at {self.url}>"

    def close(self) -> None:
        """End the connections."""
        self._portal.close()

    def datasets(self, search: str = "") -> Datasets:
        """The datasets whose text holds all words of `search`; all of them without any."""
        return Datasets.of(datasets_of(self._portal, words=search), self.currency)

    def dataset(self, dataset: str) -> Dataset:
        """One dataset, its owner's signature verified (raises Refused where it does not hold)."""
        answer = ask_dataset(self._portal, dataset)
        return Dataset.of(answer, keep_shown(self._home, answer), self.currency)

    def quote(
        self, program: str | Path, dataset: str, epsilon: str | float, *, sandboxed: bool = True
    ) -> Quote:
        """What the program of a folder costs, and how exact it will be. Nothing is spent.

        Args:
            sandboxed: False builds the plan without a sandbox: for a program of your own, where
                there is none.

        Raises:
            Refused: the program broke a rule, or the policy refuses the question.
        """
        found = fetch_source(self._home, self._portal, dataset)
        built = build_directory(Path(program), found.program_input, is_sandboxed=sandboxed)
        lowered = lower(built.plan, found.program_input.schema)
        asked = priced_alike(self._portal, found, lowered, dataset, str(epsilon))
        return Quote.of(dataset, asked, self.currency)

    def new_program(self, folder: str | Path, dataset: str) -> str:
        """Make a git repository with a program that asks a dataset's own columns; its commit.

        Raises:
            Conflict: the folder holds something already.
        """
        found = fetch_source(self._home, self._portal, dataset)
        text = first_program(dataset, found.schema, found.policy, found.lattice)
        return new_repository(Path(folder), text)

    def submit(
        self,
        program: str | Path,
        dataset: str,
        epsilon: str | float,
        *,
        repository: str = "",
        commit: str = "",
        token: str | Path | None = None,
    ) -> Job:
        """Submit the commit that a checkout stands at: it is sent itself, without its history.

        Args:
            repository: an address, where the platform fetches it instead.
            token: the file that holds the deploy token of a private one.
            commit: another than the one that the checkout stands at.

        Raises:
            Refused: `changes-not-committed`; what the platform says of the submission.
        """
        folder, secret = Path(program), None if token is None else token_in(Path(token))
        commit = commit or commit_here(folder)
        bundle = None if repository else bundle_of(folder, commit)
        copy = copy_of(folder, repository, commit, _FETCHED, secret) if repository else None
        asked = Submission(repository, commit, dataset, str(epsilon))
        told = submit(self._portal, self._home, asked, bundle=bundle, token=secret, copy=copy)
        return Job.of(told)

    def jobs(self) -> Jobs:
        """The person's jobs, the newest first."""
        found = self._portal.get("jobs")
        forget_ended(self._home, found)
        return Jobs.of(found)

    def job(self, job: str | Job) -> Job:
        """One job, as it stands now (raises NotFound)."""
        answer = self._portal.get(f"jobs/{job}")
        forget_ended(self._home, [answer])
        return Job.of(answer)

    def wait(
        self, job: str | Job, *, until: State = "released", timeout_seconds: int = WAIT_SECONDS
    ) -> Job:
        """Wait until a job is in a state, or past it.

        Raises:
            Refused: it ended otherwise, with its code. Unavailable: `wait-timeout`.
        """
        get = self._portal.get
        answer = wait_for(
            lambda: get(f"jobs/{job}"), until, timeout_seconds, time.monotonic, time.sleep
        )
        return Job.of(answer)

    def sign(
        self,
        job: str | Job,
        confirm: Callable[[str], bool] = ask,
        *,
        checkout: str | Path = ".",
        sandboxed: bool = True,
    ) -> Job:
        """Build a job's plan again here, show it, and sign it after a yes.

        Args:
            confirm: called with the plan in words, and the commit; nothing is signed unless it
                returns True.
            checkout: of the program, for a job that this client did not submit.
            sandboxed: False builds from the checkout, without a sandbox.

        Raises:
            Refused: `not-confirmed`; whatever does not hold (market.client.questions.sign_request).
            Conflict: the job has no plan to sign.
        """
        answer = self._portal.get(f"jobs/{job}")
        told, _ = read_submission(self._home, answer)
        here = Path(checkout)
        said = person_says(told, repository=None, commit=None, checkout=checkout_at(here))
        question = review(
            self._home,
            answer,
            _FETCHED,
            signer=self._keyring.identity().public,
            said=said,
            own_checkout=None if sandboxed else here,
            nearby=Nearby(here),
        )
        program = f"Commit {question.submission.commit} of {question.submission.repository}"
        if confirm(f"{question.words}\n{program}") is not True:
            raise Refused("not-confirmed", "You did not say yes.", "Nothing was signed.")
        text = sign(self._home, self._keyring, question, now=int(time.time()))
        return Job.of(send(self._portal, question.job, text))

    def cancel(self, job: str | Job) -> Job:
        """Take a job back before it is approved; nothing is spent."""
        answer = self._portal.post(f"jobs/{job}/cancel", {})
        forget_ended(self._home, [answer])
        return Job.of(answer)

    def inbox(self) -> pd.DataFrame:
        """What waits for the person, oldest first, with the command that does it."""
        return pd.DataFrame(self._portal.get("inbox"), columns=list(_INBOX))

    def consortia(self) -> pd.DataFrame:
        """The consortia that the person's organisation is a member of."""
        return pd.DataFrame(self._portal.get("consortia"), columns=list(_CONSORTIUM))

    def operations(self) -> Mapping[str, Any]:
        """An administrator's overview of the platform (raises NotPermitted for anybody else)."""
        found: Mapping[str, Any] = self._portal.get("administration/operations")
        return found

    def open(self, job: str | Job) -> Result:
        """A job's answers: as they were opened here, else fetched, checked and opened now.

        Raises:
            NotFound: it was neither signed here nor shared with this person.
            Refused: a check failed.
        """
        try:
            document = opened_result(self._home, str(job))
        except NotFound as missing:
            if missing.code != "not-opened":
                raise
            key = self._platform_key
            fetch_and_open(self._home, self._keyring, self._portal, str(job), platform_key=key)
            document = opened_result(self._home, str(job))
        return Result(self._home, document)

    def compare(self, *jobs: str | Job) -> pd.DataFrame:
        """The numbers that results opened here have in common, side by side.

        Raises:
            Refused: `compare-few`, `compare-nothing`. NotFound: `not-opened`.
        """
        names = [str(job) for job in jobs]
        parts = [(name, answers_in(opened_result(self._home, name)["answers"])) for name in names]
        return frame_of(names, compared(parts))
