"""The chapters, in order, each told in commands that a person would give."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from market.airflow.names import submit_dag
from market.airflow.visitor import AirflowVisitor
from market.demo import roles
from market.demo.catalogue.report import CatalogueReport
from market.demo.comparison import compare
from market.demo.hosting import Hosting
from market.demo.rand_table import rand_table
from market.demo.roles import hand_over
from market.demo.stage import Person, Say, Stage
from market.demo.terminal import market
from market.plan.schema import Schema
from market.records.listing import Listing
from market.records.signed import open_signed

DATASET = "rand-hie-visits"
BUYER_ORGANISATION, OWNER_ORGANISATION = "insight-lab", "rand-corporation"
BUYER, OWNER, ADMINISTRATOR = "bob", "olga", "admin"
EPSILON = "2"
TRIGGER_TO_OPENED = "From trigger to opened result"
_DECLARATION = Path(__file__).parents[2] / "templates" / "dataset.toml"


@dataclass(frozen=True, slots=True)
class Program:
    """What the buyer submits: a commit of a repository."""

    repository: str
    commit: str

    def options(self) -> tuple[str, ...]:
        """As the product's commands take it."""
        return ("--repository", self.repository, "--commit", self.commit)


class CatalogueStory:
    """One owner, one buyer, one dataset of ciphertext."""

    def __init__(self, folder: Path, hosting: Hosting, say: Say) -> None:
        cast = (*roles.holders("owner"), roles.buyer("buyer"), roles.platform())
        self.stage = Stage(folder, hosting, say, cast)

    def tell(self) -> CatalogueReport:
        """All chapters in order (raises MarketError where one fails)."""
        stage = self.stage
        self.publish()
        apart = stage.check_apart("owner")
        program, visitor = self.rehearse()
        began = time.monotonic()
        with (
            closing(visitor),
            stage.chapter("Buyer: submit through Airflow; plan built twice, priced"),
        ):
            job = self._submit(program, visitor)
        opened = self.sign_and_open(job, program)
        stage.seconds[TRIGGER_TO_OPENED] = time.monotonic() - began
        return self._report(job, opened, apart)

    def publish(self) -> None:
        """A platform that runs, a dataset listed on it, and its owner's agent at work."""
        stage = self.stage
        stage.prepare()
        with stage.chapter("Start portal, Airflow's three processes"):
            self._open_platform()
        with stage.chapter("Owner: declare, encrypt, sign, upload, list"):
            self._publish()
        with stage.chapter("Owner: start the key agent, apart from the platform"):
            stage.start_agent(stage.role("owner"))

    def rehearse(self) -> tuple[Program, AirflowVisitor]:
        """A program that the buyer has run and priced, and the form they will submit it by."""
        stage = self.stage
        with stage.chapter("Buyer: new job repository, rehearsal on the twin, quote"):
            program = self._rehearse()
        with stage.chapter("Buyer: sign in to Airflow, find the dataset in the form"):
            password = stage.passwords[BUYER]
            dag = submit_dag(BUYER_ORGANISATION)
            visitor = AirflowVisitor(stage.airflow_url, dag, BUYER, password)
            stage.await_that(lambda: visitor.is_offered(DATASET), "the dataset to stand in it")
        return program, visitor

    def sign_and_open(self, job: str, program: Program) -> dict[str, Any]:
        """What the buyer does with a job that has a price: its opened answers."""
        stage, buyer = self.stage, self.stage.role("buyer")
        with stage.chapter("Buyer: rebuild the plan, read it, sign the request"):
            market(buyer, "sign", job, *program.options(), "--yes")
        with stage.chapter("Agent approves; Spark computes on ciphertext; agent releases"):
            stage.wait_for(buyer, job)
        with stage.chapter("Buyer: check everything, open on their own machine"):
            opened: dict[str, Any] = market(buyer, "result", "open", job)
        return opened

    def table(self) -> pd.DataFrame:
        """What the owner has."""
        return rand_table()

    def declaration(self) -> str:
        """What the owner declares of it."""
        return _DECLARATION.read_text("utf-8")

    def _open_platform(self) -> None:
        self.stage.open_platform(
            {OWNER_ORGANISATION: "RAND Corporation", BUYER_ORGANISATION: "Insight Lab"},
            (
                Person(ADMINISTRATOR, OWNER_ORGANISATION, "Administrator", "administrator"),
                Person(OWNER, OWNER_ORGANISATION, "Olga Owner", "owner"),
                Person(BUYER, BUYER_ORGANISATION, "Bob Buyer", "buyer"),
            ),
        )

    def _publish(self) -> None:
        owner = self.stage.role("owner")
        rows = self.table()
        table = owner.home / "rand-hie.csv"
        rows.to_csv(table, index=False)
        hand_over(owner, table)
        self.stage.say(f"  {len(rows):,} rows of the RAND Health Insurance Experiment")
        declaration = owner.home / "dataset.toml"
        declaration.write_text(self.declaration(), "utf-8")
        hand_over(owner, declaration)
        self.stage.sign_in(owner, OWNER, "client", "owner", "agent")
        self.stage.make_agent(owner)
        market(owner, "dataset", "publish", str(declaration), str(table))

    def _rehearse(self) -> Program:
        buyer = self.stage.role("buyer")
        self.stage.sign_in(buyer, BUYER, "client")
        # Beside the buyer's private home: the platform fetches from it, as from a git server.
        checkout = self.stage.folder / "repository"
        made = market(buyer, "job", "new", str(checkout))
        market(buyer, "job", "run", "--twin", DATASET, str(checkout))
        market(buyer, "quote", str(checkout), "--dataset", DATASET, "--epsilon", EPSILON)
        return Program(f"file://{checkout.resolve()}", str(made["commit"]))

    def _submit(self, program: Program, visitor: AirflowVisitor) -> str:
        stage, buyer = self.stage, self.stage.role("buyer")
        form = {
            "repository": program.repository,
            "commit": program.commit,
            "dataset": DATASET,
            "epsilon": EPSILON,
        }
        job = stage.job_of(buyer, visitor.submit(form))
        stage.wait_for(buyer, job, "--until", "planned")
        return job

    def _report(self, job: str, opened: dict[str, Any], apart: str) -> CatalogueReport:
        stage = self.stage
        told = market(stage.role("buyer"), "job", "show", job)
        quote = json.loads(told["quote"])
        listing = open_signed(Listing, told["publications"][0]["listing"].encode()).record
        schema: Schema = listing.schema
        return CatalogueReport(
            job=job,
            epsilon=quote["epsilon"],
            delta=quote["delta"],
            rho=quote["rho_units"] / 1e12,
            lines=compare(told["plan"], schema, self.table(), quote, opened["answers"]),
            seconds=dict(stage.seconds),
            agent_is_apart=apart,
            addresses=stage.addresses,
            users=dict(stage.passwords),
        )
