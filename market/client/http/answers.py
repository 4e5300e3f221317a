"""What each path of the portal answers, as far as the client reads it.

A portal may mean harm, or be of another release: an answer that lacks what is read here, or holds
another kind of value there, is refused as a whole before anything looks at it. Members the client
has no use for are passed over, and one that was added after a release is `Added`: a portal that is
older than this client has it not. Every path the client calls stands in the table; a test says so.

Shapes are those of market.client.http.shapes. A `MOMENT` is Unix seconds up to the year 9999.
"""

from __future__ import annotations

import re
from typing import Any, Final

from crypto import canonical
from crypto.canonical import Json
from crypto.errors import FormatError
from market.client.http.shapes import Added, completed, misfit
from market.client.http.transport import Limits, nonsense
from market.entities.engines import ENGINES
from market.entities.job_states import STATES

MOMENT: Final = range(253_402_300_800)
COUNT: Final = range(2**63)
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_FINGERPRINT: Final = re.compile(r"([0-9a-f]{40})?")
_TEXT_OR_NONE: Final = (str, None)
_CURRENCY: Final = re.compile(r"[^\x00-\x1f\x7f]{0,20}")
_WAITING: Final = ("kind", "subject", "request", "text", "command")
_ASKING: Final = ("request", "organisation", "user", "buyer", "purpose", "state")
_STATES: Final = frozenset(STATES)
_ENGINES: Final = frozenset(ENGINES)

SMALL: Final = Limits(body_bytes=1024 * 1024, seconds=30)
DOCUMENT: Final = Limits(body_bytes=64 * 1024 * 1024, seconds=120)
PROBLEM_BYTES: Final = 64 * 1024

_JOB: Final = {
    "job": str,
    "organisation": str,
    "buyer": str,
    "datasets": [{"dataset": str, "version": COUNT, "edition": COUNT}],
    "parties": [_HEX],
    "repository": str,
    "commit": str,
    "epsilon": str,
    "engine": _ENGINES,
    "verified": bool,
    "state": _STATES,
    "rho_units": COUNT,
    "plan_hash": _TEXT_OR_NONE,
    "subject": str,
    "statistics": str,
    "price_cents": COUNT,
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "deadline": MOMENT,
    "code": str,
    "message": str,
    "next_action": str,
    "program_says": str,
}
_SUMMARY: Final = {
    "dataset": str,
    "version": COUNT,
    "title": str,
    "summary": str,
    "organisation": str,
    "standing": str,
    "access": str,
    "price_cents": COUNT,
    "encrypted_for": frozenset({"sums", "products"}),
    "capacity_rows": COUNT,
    "published_at": MOMENT,
    "edition": COUNT,
    "changed_at": (MOMENT, None),
}
_VERSION: Final = {
    "version": COUNT,
    "kept_until": (MOMENT, None),
    "is_stored": bool,
    "dropped_at": (MOMENT, None),
}
_CONSORTIUM: Final = {
    "consortium": str,
    "number": COUNT,
    "title": str,
    "composition": frozenset({"union", "join"}),
    "organisations": [str],
    "state": frozenset({"proposed", "joined", "agreed", "ended"}),
}
_CONSORTIUM_DOCUMENTS: Final = {
    "proposal": str,
    "joinings": [str],
    "consents": [str],
    "bindings": [str],
    "departures": [str],
}
_WHOLE_CONSORTIUM: Final = {**_CONSORTIUM, **_CONSORTIUM_DOCUMENTS}
_DRAFT: Final = {
    "number": COUNT,
    "dataset": str,
    "title": str,
    "revision": COUNT,
    "saved_by": str,
    "saved_at": MOMENT,
    "taken_by": _TEXT_OR_NONE,
    "taken_at": (MOMENT, None),
    "gaps": COUNT,
    "step": str,
}
_WHOLE_DRAFT: Final = {**_DRAFT, "draft": str}
_COLLEAGUE: Final = {"user": str, "name": str, "identity_key": _HEX, "reader_key": str}
_SHARED: Final = {
    "job": str,
    "sharer": str,
    "recipient": str,
    "shared_at": MOMENT,
    "withdrawn_at": Added(MOMENT, 0),
}
_BALANCE: Final = {
    "whose": frozenset({"people", "own", "nobody"}),
    "cap_units": COUNT,
    "spent_units": COUNT,
    "reserved_units": COUNT,
    "in_all_units": COUNT,
}

ANSWERS: Final[dict[str, tuple[Any, Limits]]] = {
    "GET platform": ({"public_key": _HEX, "currency": _CURRENCY}, SMALL),
    "POST tokens": ({"token": str, "user": str, "expires_at": MOMENT}, SMALL),
    "GET tokens/current": ({"user": str, "scopes": [str], "expires_at": MOMENT}, SMALL),
    "GET whoami": (
        {
            "user": str,
            "name": str,
            "organisation": str,
            "roles": [str],
            "scopes": [str],
            "identity_key": str,
        },
        SMALL,
    ),
    "PUT identity": ({"fingerprint": str}, SMALL),
    "PUT identity/reader-key": ({}, SMALL),
    "GET colleagues": ([_COLLEAGUE], DOCUMENT),
    "GET shared-results": ([_SHARED], DOCUMENT),
    "POST shared-results": (_SHARED, SMALL),
    "GET shared-results/*": ({**_SHARED, "document": str}, SMALL),
    "GET administration/operations": ({"at": MOMENT, "queues": [{}]}, DOCUMENT),
    "GET inbox": (
        [{**dict.fromkeys(_WAITING, str), "since": MOMENT, "key": _FINGERPRINT}],
        DOCUMENT,
    ),
    "POST inbox/marks": ({}, SMALL),
    "GET datasets": ([_SUMMARY], DOCUMENT),
    "POST datasets": ({}, SMALL),
    "GET datasets/*": (
        {
            **_SUMMARY,
            "listing": str,
            "manifest": str,
            "appointment": str,
            "balance": _BALANCE,
            "entitled": bool,
            "asked": [{"user": str, "purpose": str, "state": str, "created_at": MOMENT}],
            "kept_seconds": (COUNT, None),
            "versions": [_VERSION],
        },
        DOCUMENT,
    ),
    "GET datasets/*/listings": ([{"listing": str}], DOCUMENT),
    "POST datasets/*/listings": ({}, SMALL),
    "GET datasets/*/grants": (
        [{"grant": str, "revoked": bool, "revocation": _TEXT_OR_NONE}],
        DOCUMENT,
    ),
    "GET datasets/*/access-requests": (
        [dict.fromkeys(_ASKING, str)],
        DOCUMENT,
    ),
    "POST datasets/*/access-requests": ({}, SMALL),
    "POST datasets/*/access-requests/*/decline": ({}, SMALL),
    "POST datasets/*/standing": ({}, SMALL),
    "POST datasets/*/drops": ({}, SMALL),
    "GET drafts": ([_DRAFT], DOCUMENT),
    "POST drafts": (_DRAFT, SMALL),
    "GET drafts/*": (_WHOLE_DRAFT, SMALL),
    "POST drafts/*/take-up": (_WHOLE_DRAFT, SMALL),
    "GET consortia": ([_CONSORTIUM], DOCUMENT),
    "POST consortia": (_WHOLE_CONSORTIUM, DOCUMENT),
    "GET consortia/*": (_WHOLE_CONSORTIUM, DOCUMENT),
    "POST consortia/*/joinings": (_WHOLE_CONSORTIUM, DOCUMENT),
    "POST consortia/*/consents": (_WHOLE_CONSORTIUM, DOCUMENT),
    "POST consortia/*/bindings": (_WHOLE_CONSORTIUM, DOCUMENT),
    "POST consortia/*/departures": (_WHOLE_CONSORTIUM, DOCUMENT),
    "POST grants": ({}, SMALL),
    "POST revocations": ({}, SMALL),
    "POST quotes": (
        {"quote": {"rho_units": COUNT}, "price_cents": COUNT, "plan_hash": str},
        DOCUMENT,
    ),
    "GET jobs": ([_JOB], DOCUMENT),
    "POST jobs": ({**_JOB, "repeated": Added(bool, False)}, SMALL),
    "POST programs": ({"repository": str, "commits": [str], "size_bytes": COUNT}, SMALL),
    "GET jobs/*": (
        {
            **_JOB,
            "plan": _TEXT_OR_NONE,
            "quote": _TEXT_OR_NONE,
            "request": _TEXT_OR_NONE,
            "publications": [{"dataset": str, "listing": str, "manifest": str, "appointment": str}],
            "consortium": (_CONSORTIUM_DOCUMENTS, None),
            "answers": [
                {
                    "party": _HEX,
                    "organisation": str,
                    "datasets": [str],
                    "approved": bool,
                    "released": bool,
                    "aborted": bool,
                }
            ],
        },
        DOCUMENT,
    ),
    "GET jobs/*/timeline": ([{"at": MOMENT, "step": str, "text": str}], DOCUMENT),
    "POST jobs/*/request": (_JOB, SMALL),
    "POST jobs/*/cancel": (_JOB, SMALL),
    "POST jobs/*/approval": (_JOB, SMALL),
    "POST jobs/*/refusal": (_JOB, SMALL),
    "POST jobs/*/release": (_JOB, SMALL),
    "POST jobs/*/abort": (_JOB, SMALL),
    # What stands in a line is read line by line: one bad line stops no other.
    "GET agent/work": ([{}], DOCUMENT),
    "GET agent/receipts": (
        {"items": [{"sequence": COUNT, "job": str, "receipt": str}], "further": (COUNT, None)},
        DOCUMENT,
    ),
    "POST agent/receipts": ({"sequence": COUNT}, SMALL),
    "GET receipts/*": (
        {
            "items": [
                {"agent": str, "sequence": COUNT, "held": str, "offered": str, "seen_at": MOMENT}
            ],
            "further": (COUNT, None),
        },
        DOCUMENT,
    ),
    "GET agent/appointments": ([{"appointment": str}], SMALL),
    "POST agent/appointments": ({}, SMALL),
    "GET agent/bindings": ([_CONSORTIUM_DOCUMENTS], DOCUMENT),
    "GET agent/publications": ([{"dataset": str, "version": COUNT}], DOCUMENT),
    "GET agent/publication": ({"listing": str, "manifest": str}, DOCUMENT),
    "POST uploads": ({"stored": bool, "url": str}, SMALL),
    "GET objects/*": ({"url": str}, SMALL),
}


def limits_of(method: str, path: str) -> Limits:
    """What an exchange with this path may take."""
    return ANSWERS.get(template_of(method, path), (None, DOCUMENT))[1]


def is_known(method: str, path: str) -> bool:
    """Whether the table says what this path answers."""
    return template_of(method, path) in ANSWERS


def read_answer(method: str, path: str, body: bytes) -> Json:
    """The JSON of an answer, in the shape its path has.

    Raises:
        Unavailable: `portal-nonsense`, with the place that does not fit.
    """
    what = f"The portal's answer to {method} {path:.80}"
    try:
        value = canonical.parse(body)
    except FormatError as error:
        raise nonsense(f"{what} cannot be read: {error}") from error
    shape, _ = ANSWERS.get(template_of(method, path), (({}, [{}]), DOCUMENT))
    if found := misfit(value, shape, "it"):
        raise nonsense(f"{what} is not what it should be: {found}")
    return completed(value, shape)


def template_of(method: str, path: str) -> str:
    """`GET jobs/*/timeline` for any job; an object's key is one part."""
    if f"{method} {path}" in ANSWERS:
        return f"{method} {path}"
    if path.startswith("objects/"):
        return f"{method} objects/*"
    first, *rest = path.split("/")
    named = [part if i % 2 else "*" for i, part in enumerate(rest)]
    return f"{method} {'/'.join([first, *named])}"
