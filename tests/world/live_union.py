"""Owners whose datasets are asked together, each with a running agent: real HTTP, real SQL.

with live_union(tmp_path) as market:
    job = market.released(COUNT)      # both agents approve, mask, seal and sign
    market.opened_by_client(job)      # the buyer's client checks and opens
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from market.agent.agent import Agent
from market.agent.loop import collect, send
from market.client.results.open_result import OpenedResult, open_checked
from market.client.verify.check_bundle import CheckedBundle, Expected, check_bundle
from market.entities.job import Job
from market.owner.owner import Owner
from market.policy.budget.accounts import epoch_account
from market.records.union import Values
from market.vault.home import AgentHome, make_home
from market.vault.settings import AgentSettings
from market.vault.store.opening import AgentStore, create_store
from market.vault.store.spending import balances
from world.declarations import TABLE
from world.live_market import LiveMarket, serving_market
from world.people import CAROL, OSCAR, a_key, fingerprint, settle
from world.unlocking import entropy_of_a_home

DATASETS = {"olga": "visits-north", "oscar": "visits-south", "carol": "visits-west"}
"""Of each owner."""


def together(owner: str, owners: tuple[str, ...], values: Values, *, is_sold_alone: bool) -> str:
    """The part of an owner's declaration that lets their dataset be asked with the others'."""
    others = ", ".join(f'{DATASETS[one]} = "{fingerprint(one)}"' for one in owners if one != owner)
    alone = str(is_sold_alone).lower()
    return (
        f"[together]\nsold_alone = {alone}\n[[together.unions]]\n"
        f'values = "{values}"\nothers = {{ {others} }}\n'
    )


class LiveUnion(LiveMarket):
    """`olga`'s agent is that of a live market; every other owner has one beside it."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        settle(self.people, OSCAR, CAROL)
        self.owners: tuple[str, ...] = ("olga",)
        self.beside: dict[str, tuple[AgentHome, AgentStore]] = {}

    def settle_union(
        self,
        *owners: str,
        values: Values | dict[str, Values] = "masked",
        is_sold_alone: bool = True,
        **changes: dict[str, str],
    ) -> None:
        """The owners publish a table each; `changes` are of an owner's declaration, by their name,
        as `values` may be. A `text` there is another one, with places for its dataset's id and for
        what says with whom."""
        self.owners = ("olga", *owners)
        self.dataset = ",".join(sorted(DATASETS[owner] for owner in self.owners))
        for owner in owners:
            home = make_home(
                self.root / f"agent-{owner}",
                AgentSettings(
                    self.url, self.token(owner, "agent"), self.platform.identity.public.hex
                ),
                entropy=entropy_of_a_home(),
            )
            self.beside[owner] = home, create_store(home.database_path)
        for owner in self.owners:
            own = values if isinstance(values, str) else values[owner]
            told = together(owner, self.owners, own, is_sold_alone=is_sold_alone)
            declared = {"population": told} | changes.get(owner, {})
            table = declared.pop("table", TABLE)
            if "text" in declared:
                declared = {"text": declared["text"].format(DATASETS[owner], told)}
            self.publish(DATASETS[owner], by=owner, table=table, **declared)

    def owner_of(self, user: str) -> Owner:
        home, store = self.beside.get(user, (self.home, self.store))
        return Owner(a_key(user), home, store)

    def agent_of(self, owner: str) -> Agent:
        own = self.owner_of(owner)
        return Agent(own.home, own.store, self.client(owner, "agent"), secrets.token_bytes)

    def step_of(self, owner: str) -> None:
        """One round of an owner's agent."""
        agent = self.agent_of(owner)
        send(agent, collect(agent, now=self.now))

    def step(self) -> None:
        for owner in self.owners:
            self.step_of(owner)

    def checked(self, job: Job, data: bytes | None = None) -> CheckedBundle:
        """What the buyer's client makes of a job's bundle, or of another one."""
        expected = Expected(
            request_text=self.document(job, "request"),
            buyer_key=a_key("bob").public.hex,
            buyer=fingerprint("bob"),
            recipient_key=self.recipients[job.job].public_hex,
            platform_key=self.platform.identity.public.hex,
            pin=lambda _kind, _name, _key: None,
            keep_first=lambda seen: seen,
        )
        return check_bundle(data or self.bundle_bytes(job), expected)

    def bundle_bytes(self, job: Job) -> bytes:
        return self.client("bob", "client").get_bytes(f"jobs/{job.job}/bundle")

    def opened_by_client(self, job: Job) -> OpenedResult:
        """The result as the buyer's client shows it."""
        return open_checked(self.checked(job), self.recipients[job.job])

    def spent(self, owner: str) -> tuple[int, int]:
        """What an owner's people have lost, by their agent's ledger and the platform's."""
        manifest = self.catalogue.dataset(DATASETS[owner]).manifest.record
        account = epoch_account(manifest.lineages[0], manifest.epoch)
        store = self.owner_of(owner).store
        at_agent = balances(store, (account,))[account]
        return at_agent.spent_units, self.ledger.balance(account).spent_units

    def held(self, owner: str) -> int:
        """What the platform holds of an owner's people's budget for jobs under way."""
        manifest = self.catalogue.dataset(DATASETS[owner]).manifest.record
        account = epoch_account(manifest.lineages[0], manifest.epoch)
        return int(self.ledger.balance(account).reserved_units)


@contextmanager
def live_union(root: Path, *owners: str, **terms: Any) -> Iterator[LiveUnion]:
    """`olga` and these owners (`oscar` where none is named) have published for one another."""
    with ExitStack() as stack:
        market = stack.enter_context(serving_market(LiveUnion, root))
        market.settle_union(*(owners or ("oscar",)), **terms)
        for _, store in market.beside.values():
            stack.callback(store.close)
        yield market
