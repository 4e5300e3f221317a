"""The chapters, in order, each told in commands that a person would give."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

import pandas as pd

from market.demo import roles
from market.demo.comparison import compare
from market.demo.consortium import tables
from market.demo.consortium.asking import Asking, Program, Question
from market.demo.consortium.logs import logged
from market.demo.consortium.members import (
    ASKING,
    MEMBERS,
    PEOPLE,
    PROPOSER,
    Consortium,
    Members,
)
from market.demo.consortium.report import Budget, ConsortiumReport, Lie, MemberWork, Run
from market.demo.hosting import Hosting
from market.demo.rand_table import rand_table
from market.demo.stage import Say, Stage
from market.demo.terminal import market
from market.owner.consortium.declare_consortium import read_terms
from market.plan.schema import Schema
from market.records.consortium import FIRST_PREVIOUS

LIAR: Final = "birch"
_LYING_AGENT: Final = ("-m", "market.demo.consortium.lying_agent")

VISITS: Final = Question(
    consortium="rand-visits",
    program='''\
"""What the three members know together of visits, health and diseases."""


def build(ds):
    return {
        "health_levels": ds["health"].histogram(),
        "visits_by_health": ds.group_by("health")["visits"].mean(),
        "visits_with_disease": ds["visits"].covariance(ds["disease"]),
    }
''',
    epsilon="2",
    is_verified=False,
)
CUSTOMERS: Final = Question(
    consortium="shop-and-bank",
    program='''\
"""What the customers of both the shop and the bank spend: who they are, nobody learns."""


def build(ds):
    return {
        "in_both": ds.count(),
        "spent": ds["spent"].sum(),
        "spent_mean": ds["spent"].mean(),
        "spent_by_segment": ds.group_by("segment")["spent"].mean(),
    }
''',
    epsilon="2",
    is_verified=True,
)


class ConsortiumStory:
    """Three members, two consortia, and a member who lies."""

    def __init__(self, folder: Path, hosting: Hosting, say: Say) -> None:
        cast = (*roles.holders(*MEMBERS), roles.buyer(ASKING), roles.platform())
        self.stage = Stage(folder, hosting, say, cast)

    def tell(self) -> ConsortiumReport:
        """All chapters in order (raises MarketError where one fails)."""
        stage = self.stage
        stage.prepare()
        members = Members(stage)
        with stage.chapter("Start portal, Airflow's three processes"):
            stage.open_platform({name: name.title() for name in MEMBERS}, PEOPLE)
        with stage.chapter("Members: make keys and agents, each on their own"):
            members.sign_in()
        with stage.chapter("Found rand-visits: propose, join, compare words, consent, bind"):
            members.found(_visits())
            members.introduce(_visits())
        with stage.chapter("Found shop-and-bank: two hold customers, the third helps"):
            members.found(_customers())
        with stage.chapter("Members: start three agents, apart from each other"):
            for name in MEMBERS:
                stage.start_agent(stage.role(name))
            apart = stage.check_apart(*MEMBERS)
        asking = Asking(stage)
        with stage.chapter("Ask rand-visits: rows of different people, added up"):
            visits = self._run(asking, _visits(), asking.write(VISITS), rand_table())
        with stage.chapter("Ask shop-and-bank: columns of the same people, verified"):
            question = asking.write(CUSTOMERS)
            customers = self._run(asking, _customers(), question, tables.joined())
        with stage.chapter(f"Ask shop-and-bank again, while {LIAR} lies"):
            lie = self._lie(asking, question)
        return ConsortiumReport(
            runs=(visits, customers),
            lie=lie,
            seconds=dict(stage.seconds),
            agent_is_apart=apart,
            addresses=stage.addresses,
            users=dict(stage.passwords),
        )

    def _run(
        self, asking: Asking, consortium: Consortium, program: Program, truth: pd.DataFrame
    ) -> Run:
        began = time.monotonic()
        job = asking.submit(program)
        opened = asking.open(job)
        seconds = time.monotonic() - began
        shown = asking.show(job)
        quote = json.loads(shown["quote"])
        return Run(
            consortium=program.question.consortium,
            job=job,
            epsilon=quote["epsilon"],
            delta=quote["delta"],
            rho=quote["rho_units"] / 1e12,
            checks=opened["session"],
            lines=compare(shown["plan"], _schema(consortium), truth, quote, opened["answers"]),
            seconds=seconds,
            members={name: self._work(name, job) for name in MEMBERS},
        )

    def _work(self, member: str, job: str) -> MemberWork:
        facts = self._told(member, "computed", job)
        return MemberWork(facts["bytes_sent"], facts["cpu_milliseconds"])

    def _told(self, member: str, event: str, job: str) -> dict[str, Any]:
        """What a member's agent tells of a job, once it does."""
        found: list[dict[str, Any] | None] = []

        def told() -> bool:
            found[:] = [logged(self.stage.role(member), event, job)]
            return found[0] is not None

        self.stage.await_that(told, f"the agent of {member} to tell of {job}")
        return found[0] or {}

    def _lie(self, asking: Asking, program: Program) -> Lie:
        stage = self.stage
        stage.stop_agent(LIAR)
        stage.start_agent(stage.role(LIAR), _LYING_AGENT)
        job = asking.submit(program)
        shown = asking.ended(job, charges=len(MEMBERS))
        honest = [name for name in MEMBERS if name != LIAR]
        said = {name: self._told(name, "session aborted", job) for name in honest}
        return Lie(
            consortium=program.question.consortium,
            liar=LIAR,
            job=job,
            state=shown["state"],
            code=shown["code"],
            message=shown["message"],
            next_action=shown["next_action"],
            stages={name: facts["stage"] for name, facts in said.items()},
            words={name: facts["message"] for name, facts in said.items()},
            budgets={name: self._budget(name) for name in _customers().tables},
        )

    def _budget(self, member: str) -> Budget:
        status = market(self.stage.role(member), "agent", "status")
        (table,) = [one for one in status["datasets"] if one["dataset"] == CUSTOMERS.consortium]
        account = table["accounts"][0]
        return Budget(account["spent_units"], account["cap_units"])


def _schema(consortium: Consortium) -> Schema:
    """The joint table, as its members agreed on it."""
    terms = read_terms(consortium.proposal)
    return terms.proposal(proposer=PROPOSER, number=1, previous=FIRST_PREVIOUS, now=0).schema


def _visits() -> Consortium:
    return Consortium(VISITS.consortium, None, tables.visits(MEMBERS))


def _customers() -> Consortium:
    shop, bank = tables.shop_and_bank()
    return Consortium(CUSTOMERS.consortium, VISITS.consortium, {"alder": shop, "birch": bank})
