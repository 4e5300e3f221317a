"""Editions of one version's listing: what a later one may say, in words, and what it ends.

A listing is said anew without the data: over the same manifest, under the next number. What the
ciphertext or the manifest has settled is the same in all editions. All else may change, and the
highest number counts, whoever shows an earlier one:

    what protects people     the newest edition's, from the moment that the agent has it: what is
                             sold, to whom, how much a job, a buyer or all may spend
    what a buyer signs for   that edition's which their request names: price, delta, licence, terms.
                             Where the newest has others, the request is refused until it is
                             approved; once approved it is answered as it was signed
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from market.errors import Refused
from market.plan.decimals import fraction_of
from market.policy.decision import Denied
from market.policy.listing.encrypted_for import encrypted_for
from market.policy.listing.union_words import together_sentences
from market.pricing.loss import delta_text, gaussian_loss_text, loss_text
from market.records.first_difference import first_difference
from market.records.listing import Listing

_TEXTS: Final = ("title", "summary", "provenance", "licence", "terms")
_SIGNED_FOR: Final = frozenset({"price of a job", "delta", "licence", "terms"})
_WORDS_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a listing says otherwise than the one before, in whole texts."""

    what: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        """`price of a job: 1.00, now 2.50`, with long texts cut."""
        return f"{self.what}: {_cut(self.before)}, now {_cut(self.after)}"


def changes_between(before: Listing, after: Listing) -> tuple[Change, ...]:
    """What the later of two listings of a version says otherwise; nothing if only the number."""
    was, now = _said(before), _said(after)
    return tuple(
        Change(what, was[what].words, now[what].words)
        for what in was
        if was[what].value != now[what].value
    )


@dataclass(frozen=True, slots=True)
class Told:
    """A listing, and what it says otherwise than the one before it."""

    listing: Listing
    changes: tuple[Change, ...]


def history(listings: Iterable[Listing]) -> list[Told]:
    """Listings of one dataset, as they came, each beside the one before; the newest first."""
    told: list[Told] = []
    for listing in listings:
        told.append(Told(listing, changes_between(told[-1].listing, listing) if told else ()))
    return told[::-1]


def check_same_data(before: Listing, after: Listing, *, parameters: str) -> None:
    """That a listing is about the same data as the one before, by the name of their parameter set.

    Raises:
        Refused: `listing-fixed`, with what another listing cannot say otherwise.
    """
    expected = {
        "dataset": (after.dataset, before.dataset),
        "version": (after.version, before.version),
        "manifest": (after.manifest_hash, before.manifest_hash),
        "columns, privacy unit or capacity": (after.schema.digest(), before.schema.digest()),
        "population": (after.population, before.population),
    }
    if found := first_difference(expected):
        raise _fixed(before, f"its {found.what} is not that of the encrypted data")
    if after.policy.recomputation and encrypted_for(parameters) == "sums":
        raise _fixed(before, "it sells any product of columns, and the data is encrypted for sums")
    if before.policy.total_rho_units is not None and after.policy.total_rho_units is None:
        raise _fixed(before, "it takes back the total over all periods, which its people count on")


def outdated(asked: Listing, newest: Listing) -> Denied | None:
    """Why a request under one edition is not approved now that there is another, or None."""
    changed = [one for one in changes_between(asked, newest) if one.what in _SIGNED_FOR]
    if not changed:
        return None
    return Denied(
        "listing-changed",
        f"The owner has changed the listing of {asked.dataset} since this was asked: "
        f"{'; '.join(one.sentence for one in changed)}.",
        "Nothing was spent. Look at the dataset again, and submit again.",
    )


class _Said(NamedTuple):
    value: object
    words: str


def _said(listing: Listing) -> dict[str, _Said]:
    """What a listing says besides its data, by what it is of; the same keys in the same order."""
    policy, delta = listing.policy, listing.policy.delta
    total, together = policy.total_rho_units, listing.together
    texts = {name: getattr(listing.description, name) for name in _TEXTS}
    return {
        **{name: _Said(text, text) for name, text in texts.items()},
        "budget of the people": _Said(
            policy.budget_rho_units, loss_text(policy.budget_rho_units, delta)
        ),
        "total over all periods": _Said(
            total, "none" if total is None else loss_text(total, delta)
        ),
        "one buyer may spend": _Said(
            policy.buyer_rho_units, gaussian_loss_text(policy.buyer_rho_units, delta)
        ),
        "one job may cost": _Said(
            policy.job_rho_units, gaussian_loss_text(policy.job_rho_units, delta)
        ),
        "delta": _Said(fraction_of(delta), delta_text(delta)),
        "for sale": _Said(policy.statistics, ", ".join(policy.statistics) or "nothing"),
        "access": _Said(policy.access, policy.access),
        "approval": _Said(policy.approval, policy.approval),
        "products": _Said(
            policy.recomputation, "any" if policy.recomputation else "declared ones only"
        ),
        "price of a job": _Said(policy.price_cents, _cents(policy.price_cents)),
        "asked together": _Said(
            together, " ".join(together_sentences(together, listing.dataset)) or "by itself alone"
        ),
    }


def _cents(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WORDS_SHOWN else f"{line[: _WORDS_SHOWN - 1]}…"


def _fixed(before: Listing, reason: str) -> Refused:
    return Refused(
        "listing-fixed",
        f"Version {before.version} of {before.dataset} cannot be listed so: {reason}.",
        "Nothing was changed. Publish the table again: its next version may say so.",
    )
