"""Everything that the platform keeps about one organisation, as files of JSON lines.

They are made as they are read, a page of the database at a time, so that what there is costs no
memory. Nothing in them lets anybody in: of passwords, sessions, tokens and links only the people
port knows the hashes, and it tells none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, Final

from crypto import canonical
from market.entities.dataset import Dataset
from market.entities.job import Job, Place
from market.entities.people import Operator, Organisation, User
from market.policy.finding.audit_filter import Wanted
from market.records.signed import Signed
from market.services.audit_trail import Deed, audited, wanted_entries
from market.services.authorize import require_administrator
from market.services.own_agents import agents_of
from market.services.platform import Platform

_AT_ONCE: Final = 100

Line = dict[str, Any]
File = tuple[str, Iterator[bytes]]
"""Its name, and its lines, each with its end."""


def export_organisation(
    platform: Platform, by: User | Operator, organisation: str, *, now: int
) -> Iterator[File]:
    """The files, in the order of `_FILES`; the trail says that they were asked for.

    Raises:
        NotPermitted: `by` is not an administrator. NotFound: `no-organisation`.
        Refused: `audit-broken`, from the lines of the trail.
    """
    require_administrator(by)
    known = platform.people.organisation(organisation)
    with audited(platform, by, Deed("organisation-exported", organisation), now=now):
        members = [one for one in platform.people.users() if one.organisation == organisation]
    return (
        (f"{name}.jsonl", map(_line, lines(platform, known, members, now)))
        for name, lines in _FILES.items()
    )


def _line(document: Line) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _signed(document: Signed[Any] | None) -> Any:
    """As it was signed, so that whoever is given it can verify it."""
    return canonical.loads(document.encode()) if document is not None else None


def _document(text: str) -> Any:
    """The same of a document that is kept as text; None where there is none."""
    return canonical.loads(text.encode()) if text else None


def _organisation(
    platform: Platform, known: Organisation, _members: list[User], _now: int
) -> Iterator[Line]:
    yield asdict(known) | {"limits": dict(platform.own_limits.of(known.organisation))}


def _people(
    platform: Platform, _known: Organisation, members: list[User], now: int
) -> Iterator[Line]:
    for one in members:
        tokens = platform.people.tokens(one.user)
        sessions = platform.people.sessions(one.user, now=now)
        appointed = platform.appointments.of_owner(one.user)
        yield asdict(one) | {
            "tokens": [asdict(token) for token in tokens],
            "sessions": [asdict(session) for session in sessions],
            "appointments": [_signed(word) for word in appointed],
            "reader_key": _document(platform.shared_results.reader_key(one.user)),
            "notices": [
                {"channel": told.channel, "address": told.address, "made_at": told.made_at}
                for told in platform.notices.addresses(one.user)
            ],
            "inbox_marks": [asdict(mark) for mark in platform.inbox_marks.of_user(one.user)],
        }


def _datasets(
    platform: Platform, _known: Organisation, members: list[User], _now: int
) -> Iterator[Line]:
    for newest in (one for user in members for one in platform.catalogue.of_owner(user.user)):
        yield from _versions(platform, newest)
        dataset = newest.manifest.record.dataset
        for grant, revocation in platform.catalogue.grants(dataset):
            yield {"grant": _signed(grant), "revocation": _signed(revocation)}
        for asked in platform.catalogue.access_requests(dataset):
            yield {"access_request": asdict(asked)}


def _versions(platform: Platform, newest: Dataset) -> Iterator[Line]:
    for version in range(1, newest.manifest.record.version + 1):
        found = platform.catalogue.version(newest.dataset, version)
        yield {
            "dataset": found.dataset,
            "owner": found.owner,
            "published_at": found.published_at,
            "listing": _signed(found.listing),
            "manifest": _signed(found.manifest),
            "standing": _signed(found.signed_standing),
        }
    for edition in platform.catalogue.editions(newest.dataset):
        yield {"listing": _signed(edition.listing), "listed_at": edition.listed_at}


def _drafts(
    platform: Platform, known: Organisation, _members: list[User], _now: int
) -> Iterator[Line]:
    yield from map(asdict, platform.drafts.of_organisation(known.organisation))


def _access(
    platform: Platform, known: Organisation, members: list[User], _now: int
) -> Iterator[Line]:
    """What its people asked of others' datasets, and were given."""
    keys = {one.identity_fingerprint for one in members if one.identity_key}
    others = (one for one in platform.people.users() if one.organisation != known.organisation)
    for dataset in (one for user in others for one in platform.catalogue.of_owner(user.user)):
        for asked in platform.catalogue.access_requests(dataset.dataset):
            if asked.organisation == known.organisation:
                yield {"access_request": asdict(asked)}
        for grant, revocation in platform.catalogue.grants(dataset.dataset):
            if grant.record.buyer in keys:
                yield {"grant": _signed(grant), "revocation": _signed(revocation)}


def _jobs(
    platform: Platform, known: Organisation, _members: list[User], _now: int
) -> Iterator[Line]:
    def page(after: Place | None) -> list[Job]:
        return platform.jobs.page_of_organisation(known.organisation, after=after, limit=_AT_ONCE)

    for job in _paged(page):
        yield asdict(job) | {
            "timeline": [asdict(event) for event in platform.jobs.timeline(job.job)],
            "documents": [asdict(one) for one in platform.jobs.documents(job.job).kept],
        }


def _programs(
    platform: Platform, known: Organisation, _members: list[User], _now: int
) -> Iterator[Line]:
    """Which programs are kept; whoever sent one has it. Of deploy tokens there is nothing."""
    for program in platform.sent_programs.of_organisation(known.organisation):
        yield asdict(program)


def _shared(
    platform: Platform, known: Organisation, _members: list[User], _now: int
) -> Iterator[Line]:
    """What its people shared with each other, as it was signed; what is sealed in it stays so."""
    for shared in platform.shared_results.of_organisation(known.organisation):
        yield asdict(shared) | {"document": _document(shared.document)}


def _answers(
    platform: Platform, known: Organisation, members: list[User], _now: int
) -> Iterator[Line]:
    """What its agents said of others' jobs on its datasets; not what those others said."""
    owned = [one.dataset for user in members for one in platform.catalogue.of_owner(user.user)]
    agents = _agents(platform, members)

    def page(after: Place | None) -> list[Job]:
        return platform.jobs.page_of_datasets(owned, after=after, limit=_AT_ONCE)

    for job in _paged(page):
        said = [one for one in platform.jobs.documents(job.job).kept if one.party in agents]
        if job.organisation != known.organisation:
            yield {"job": job.job, "state": job.state, "documents": [asdict(one) for one in said]}


def _receipts(
    platform: Platform, _known: Organisation, members: list[User], _now: int
) -> Iterator[Line]:
    for agent in sorted(_agents(platform, members)):
        after = 0
        while chain := platform.receipts.chain(agent, after=after, limit=_AT_ONCE):
            yield from ({"agent": agent, "receipt": _signed(receipt)} for receipt in chain)
            after = chain[-1].record.sequence


def _consortia(
    platform: Platform, known: Organisation, _members: list[User], _now: int
) -> Iterator[Line]:
    for found in platform.consortia.of_organisation(known.organisation):
        words = ("joinings", "consents", "bindings", "departures")
        said = {word: [_signed(one) for one in getattr(found, word)] for word in words}
        yield {"proposal": _signed(found.proposal)} | said


def _audit(
    platform: Platform, known: Organisation, _members: list[User], _now: int
) -> Iterator[Line]:
    for entry in wanted_entries(platform, Wanted(organisation=known.organisation)):
        yield {"entry": _signed(entry)}


def _agents(platform: Platform, members: list[User]) -> set[str]:
    return {agent for user in members for agent in agents_of(platform, user)}


def _paged(page: Callable[[Place | None], list[Job]]) -> Iterator[Job]:
    after: Place | None = None
    while found := page(after):
        yield from found
        after = Place(found[-1].created_at, found[-1].job)


_FILES: Final[dict[str, Callable[[Platform, Organisation, list[User], int], Iterator[Line]]]] = {
    "organisation": _organisation,
    "people": _people,
    "datasets": _datasets,
    "drafts": _drafts,
    "access": _access,
    "jobs": _jobs,
    "programs": _programs,
    "shared_results": _shared,
    "answers": _answers,
    "receipts": _receipts,
    "consortia": _consortia,
    "audit": _audit,
}
