"""What was answered of a table: when, to whom, what it charged its people, what it brings.

All of it is read from the agent's own receipts, but for two things that no receipt tells: who the
buyer is by name, and under which edition of the listing they asked. Both are the portal's word; a
price is what the owner signed in that edition.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from market.client.http.api import PortalClient
from market.errors import MarketError, NotFound
from market.policy.budget.accounts import people_accounts
from market.pricing.charged import Charge, charged_epsilon
from market.records.receipt import Receipt
from market.records.signed import open_signed
from market.vault.editions import read_listing
from market.vault.holdings import read_holding
from market.vault.home import AgentHome
from market.vault.store.opening import AgentStore
from market.vault.store.released import Released, released

MOST_TOLD: Final = 500
"""Jobs that the portal is asked for: the newest."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the portal says of a job: who asks, and the edition of the listing by dataset."""

    who: str
    editions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Answered:
    """A release of the agent's: its version of the dataset, who asked (empty where the portal does
    not say), and the price it was asked at; where that is not known, the version's newest."""

    release: Released
    receipt: Receipt
    version: int
    who: str
    price_cents: int
    is_price_known: bool

    @property
    def charge(self) -> Charge:
        """What the receipt charges, and what its noise guarantees."""
        return self.release.charge(self.receipt.rho_units)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who was answered; `charged` is in epsilon, all of it together."""

    fingerprint: str
    name: str
    answers: int
    charged: str


@dataclass(frozen=True, slots=True)
class Revenue:
    """What answers bring; of `unsure` of them the price is the newest of their version."""

    cents: int
    answers: int
    unsure: int


def told_of_jobs(portal: PortalClient) -> dict[str, Told]:
    """The newest jobs on the owner's data, by the portal's word; none where it is away."""
    try:
        jobs = portal.get("jobs", of="own-data", limit=str(MOST_TOLD))
    except MarketError:
        return {}
    return {
        one["job"]: Told(
            f"{one['buyer']} of {one['organisation']}",
            {asked["dataset"]: asked["edition"] for asked in one["datasets"]},
        )
        for one in jobs
    }


def answered(
    home: AgentHome, store: AgentStore, dataset: str, told: Mapping[str, Told]
) -> list[Answered]:
    """What the agent has released of a dataset, oldest first (raises as `read_holding`)."""
    agent = home.signing_key().public.hex
    prices = _Prices(home, dataset)
    found = []
    for release in released(store):
        receipt = open_signed(Receipt, release.document.encode(), signer=agent).record
        job = told.get(release.job)
        found += [
            Answered(
                release,
                receipt,
                asked.version,
                job.who if job else "",
                *prices.of(asked.version, job.editions.get(dataset) if job else None),
            )
            for asked in receipt.datasets
            if asked.dataset == dataset
        ]
    return found


def charged_to(home: AgentHome, store: AgentStore, account: str) -> list[Receipt]:
    """The agent's receipts that charge an account of people, oldest first: of all tables that share
    it. Together they charge what the account has spent, or more where buyers asked alike."""
    agent = home.signing_key().public.hex
    receipts = (
        open_signed(Receipt, release.document.encode(), signer=agent).record
        for release in released(store)
    )
    return [
        receipt
        for receipt in receipts
        if any(account in people_accounts(asked) for asked in receipt.datasets)
    ]


def revenue_of(answers: Sequence[Answered]) -> Revenue:
    """What they bring together."""
    return Revenue(
        sum(one.price_cents for one in answers),
        len(answers),
        sum(not one.is_price_known for one in answers),
    )


def buyers_of(answers: Sequence[Answered], delta: str) -> list[Buyer]:
    """Who was answered, most often first."""
    times = Counter(one.release.buyer for one in answers)
    charged = defaultdict[str, list[Charge]](list)
    names: dict[str, str] = {}
    for one in answers:
        charged[one.release.buyer].append(one.charge)
        if one.who:
            names[one.release.buyer] = one.who
    return [
        Buyer(buyer, names.get(buyer, ""), count, charged_epsilon(charged[buyer], delta))
        for buyer, count in times.most_common()
    ]


class _Prices:
    """Of a dataset's versions, by the edition that was asked; each listing is read once."""

    def __init__(self, home: AgentHome, dataset: str) -> None:
        self._home, self._dataset = home, dataset
        self._known: dict[tuple[int, int | None], tuple[int, bool]] = {}

    def of(self, version: int, edition: int | None) -> tuple[int, bool]:
        """The price in cents, and whether it is that of the edition."""
        wanted = version, edition
        if wanted not in self._known:
            self._known[wanted] = self._read(version, edition)
        return self._known[wanted]

    def _read(self, version: int, edition: int | None) -> tuple[int, bool]:
        holding = read_holding(self._home, self._dataset, version)
        newest = holding.listing.record
        if edition in (None, newest.edition):
            # There was no other price before a second edition.
            return newest.policy.price_cents, edition is not None or newest.edition == 1
        try:
            asked = read_listing(
                self._home, self._dataset, version, holding.owner_key, edition=edition
            )
        except NotFound:
            return newest.policy.price_cents, False
        return asked.record.policy.price_cents, True
