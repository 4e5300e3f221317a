"""A consortium as its members see it: what was signed, who may receive, what was asked, what is
left of one's own people's budget."""

from __future__ import annotations

from dataclasses import dataclass

from market.entities.account import Balance
from market.entities.consortium import Consortium
from market.entities.job import Job
from market.entities.people import Names, User
from market.errors import NotFound
from market.policy.budget.people import terms_of_binding
from market.records.agreement import Member
from market.services.access.refresh_forms import recipients_here
from market.services.consortia.read_consortium import read_consortium
from market.services.jobs.list_jobs import jobs_of_consortium
from market.services.platform import Platform
from market.services.read_names import names_of


@dataclass(frozen=True, slots=True)
class Run:
    """A job under the agreement, and how many of its parties have approved it and released."""

    job: Job
    approved: int
    released: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One agreement of a consortium, for one reader.

    Attributes:
        newest: number of the newest agreement that the reader may see.
        own: the member the reader speaks for, None where another of their organisation does.
        balance: of the reader's own bound table: of its accounts the one with least left, since it
            decides. What others have left only they see: it would tell what else was asked of them.
        recipients: those here to whom results may be sealed.
        older: the job after which the next page of runs begins, empty where this is the last.
        names: of all who are told of.
    """

    consortium: Consortium
    newest: int
    own: Member | None
    balance: Balance | None
    recipients: tuple[User, ...]
    runs: tuple[Run, ...]
    older: str
    names: Names


def read_dashboard(
    platform: Platform, user: User, consortium: str, number: int | None = None, *, after: str = ""
) -> Dashboard:
    """An agreement of a consortium of the user's, the newest unless a number says otherwise.

    Raises:
        NotFound: `no-consortium`; `no-job`: `after` is no job the user may see.
    """
    found = read_consortium(platform, user, consortium, number)
    own = _own(found, user)
    page = jobs_of_consortium(platform, user, found, after=after)
    recipients = tuple(recipients_here(platform, found))
    return Dashboard(
        consortium=found,
        newest=_newest(platform, user, found),
        own=own,
        balance=_balance(platform, found, own) if own else None,
        recipients=recipients,
        runs=tuple(_run(platform, job) for job in page.jobs),
        older=page.older,
        names=names_of(
            platform,
            users=[one.user for one in recipients],
            organisations=[*_seated(found), *(one.organisation for one in (user, *recipients))],
            told=page.jobs,
        ),
    )


def _newest(platform: Platform, user: User, found: Consortium) -> int:
    try:
        return read_consortium(platform, user, found.consortium).number
    except NotFound:
        # What came after their departure is nothing they know of.
        return found.number


def _seated(found: Consortium) -> list[str]:
    return [seat.organisation for seat in found.proposal.record.seats]


def _own(found: Consortium, user: User) -> Member | None:
    members = found.agreement.members if found.agreement else ()
    return next((one for one in members if one.owner_key == user.identity_key), None)


def _balance(platform: Platform, found: Consortium, own: Member) -> Balance | None:
    binding = found.binding_of(own.agent)
    if binding is None:
        return None
    accounts = terms_of_binding(found.consortium, binding.record).accounts()
    balances = [platform.ledger.balance(account) for account in accounts]
    return min(balances, key=lambda balance: balance.available_units)


def _run(platform: Platform, job: Job) -> Run:
    kept = platform.jobs.documents(job.job)
    return Run(job, len(kept.by_party("approval")), len(kept.by_party("receipt")))
