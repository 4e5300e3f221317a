"""Who takes part: three members, each with an owner, an agent and tables of their own, and a person
of one of them who asks. How they found a consortium, in the commands that they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from market.demo.roles import Role, hand_over
from market.demo.stage import Person, Stage
from market.demo.terminal import market

MEMBERS: Final = ("alder", "birch", "cedar")
"""Their organisations, which their owners and roles are called after."""
PROPOSER: Final = "alder"
ASKING: Final = "rita"
PEOPLE: Final = (
    Person("admin", PROPOSER, "Administrator", "administrator"),
    *(Person(name, name, f"{name.title()}'s owner", "owner") for name in MEMBERS),
    Person(ASKING, PROPOSER, "Rita Researcher", "buyer"),
)

_OWN_HEAD: Final = """\
dataset = "{consortium}"
title = "{title}"
summary = "The rows of one member."
provenance = "See the consortium."
licence = "For the consortium's questions alone."
terms = "No attempt to learn about a single person."
"""
_OWN_POPULATION: Final = """\
[population]
distinct_from = ["{elsewhere}"]

"""
_OWN_POLICY: Final = """\
[policy]
budget_epsilon = 6
buyer_epsilon = 6
job_epsilon = 2
delta = 0.000001
statistics = ["count", "sum", "mean", "covariance", "histogram", "group_by"]
access = "open"
approval = "automatic"
recomputation = true
price_cents = 0
"""


@dataclass(frozen=True, slots=True)
class Consortium:
    """One to be founded: `tables` are its members' rows, by member; who is not in it has none.

    `elsewhere` is an earlier one, of whose tables nobody is in these, by their owners' word.
    """

    name: str
    elsewhere: str | None
    tables: Mapping[str, pd.DataFrame]

    @property
    def proposal(self) -> Path:
        """What its proposer declares."""
        return Path(__file__).parent / f"{self.name}.toml"

    def declaration(self, member: str) -> str:
        """A member's dataset.toml: the agreed table, and the member's own terms."""
        described = self.proposal.read_text().partition("\n[policy]")[0]
        tables = described.split("[[tables]]\n")[1:]
        agreed = tables[min(list(self.tables).index(member), len(tables) - 1)]
        head = _OWN_HEAD.format(consortium=self.name, title=f"Rows of {member}")
        apart = _OWN_POPULATION.format(elsewhere=self.elsewhere) if self.elsewhere else ""
        return "\n".join([head + agreed.replace("tables.", ""), apart + _OWN_POLICY])


class Members:
    """The three on their stage, and the person who asks."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._words: dict[str, str] = {}
        self._fingerprint = ""

    def sign_in(self) -> None:
        """Everybody makes a key, and each member an agent; none has a table yet."""
        asking = self._stage.role(ASKING)
        self._stage.sign_in(asking, ASKING, "client")
        self._fingerprint = market(asking, "keys", "show")["fingerprint"]
        self._each(self._sign_in_member)

    def found(self, consortium: Consortium) -> None:
        """Propose, join, compare each other's words, consent, and bind."""
        proposal = self._handed(PROPOSER, consortium.proposal.name, consortium.proposal.read_text())
        market(self._stage.role(PROPOSER), "consortium", "propose", str(proposal))
        self._each(lambda role: self._join(role, consortium))
        self._each(lambda role: self._consent(role, consortium))
        self._each(lambda role: self._bind(role, consortium))

    def introduce(self, consortium: Consortium) -> None:
        """Let the person who asks compare every member's words, as they read them out to them."""
        asking = self._stage.role(ASKING)
        for name in MEMBERS:
            market(asking, "pin", "member", consortium.name, name, self._words[name])

    def _sign_in_member(self, role: Role) -> None:
        self._stage.sign_in(role, role.name, "client", "owner", "agent")
        self._words[role.name] = market(role, "keys", "show")["words"]
        self._stage.make_agent(role)

    def _join(self, role: Role, consortium: Consortium) -> None:
        recipient = ("--recipient", self._fingerprint)
        whose = recipient if role.name == PROPOSER else ("--no-recipient",)
        market(role, "consortium", "join", consortium.name, *whose, "--yes")

    def _consent(self, role: Role, consortium: Consortium) -> None:
        # The others' words, as they read them out over the telephone.
        given = "".join(f"{self._words[name]}\n" for name in MEMBERS if name != role.name)
        market(role, "consortium", "consent", consortium.name, "--yes", given=given)

    def _bind(self, role: Role, consortium: Consortium) -> None:
        files: tuple[str, ...] = ()
        if role.name in consortium.tables:
            declared = consortium.declaration(role.name)
            rows = consortium.tables[role.name].to_csv(index=False)
            files = (
                str(self._handed(role.name, f"{consortium.name}.dataset.toml", declared)),
                str(self._handed(role.name, f"{consortium.name}.csv", rows)),
            )
        market(role, "consortium", "bind", consortium.name, *files)

    def _handed(self, member: str, name: str, text: str) -> Path:
        role = self._stage.role(member)
        path = role.home / name
        path.write_text(text)
        hand_over(role, path)
        return path

    def _each(self, step: Callable[[Role], Any]) -> None:
        """Let every member do something, at the same time."""
        with ThreadPoolExecutor(len(MEMBERS)) as pool:
            list(pool.map(step, [self._stage.role(name) for name in MEMBERS]))
