"""Hand an opened result on inside an organisation: as ciphertext, which its recipient opens.

The sharer's client seals, and their signature says to whom. Nothing is asked of owners or budgets,
since nothing new is answered.
"""

from __future__ import annotations

from crypto.errors import CryptoError
from market.entities.people import User
from market.entities.shared_result import MOST_SHARED, SharedWith
from market.errors import Conflict, Refused
from market.policy.operation.shared_results import (
    no_colleague,
    no_reader_key,
    no_shared,
    withdrawn,
)
from market.records.first_difference import first_difference
from market.records.request import Request
from market.records.shared_result import ReaderKey, SharedHeader, SharedResult
from market.records.signed import open_signed
from market.services.authorize import asked_job, colleagues_of, require_own_result, visible_job
from market.services.people.register_reader_key import reader_key_of
from market.services.platform import Platform
from market.services.release.deliver_result import is_released


def share_result(
    platform: Platform, user: User, recipient: str, text: str, *, now: int
) -> SharedWith:
    """Keep what the user has sealed to a colleague, in place of what they had of the same job.

    Args:
        recipient: the colleague's user id.
        text: the signed `market/shared-result/1`.

    Raises:
        NotFound: `no-job`, `no-colleague`. NotPermitted: `not-your-result`.
        Conflict: `not-released`; `reader-key-missing`: the colleague has registered none.
        Refused: `shared-invalid`: another's signature, job or key; `shared-full`.
    """
    header = _header(text, user)
    job = asked_job(platform, user, header.job)
    request = platform.jobs.documents(job.job).find("request")
    signer = open_signed(Request, request.encode()).signer if request else ""
    require_own_result(user, job, signer)
    if not is_released(job):
        raise Conflict(
            "not-released",
            f"Job {job.job} is {job.state}; there is no result to share.",
            "Share it once it was opened.",
        )
    colleague, reader = _reader(platform, user, recipient)
    found = first_difference(
        {
            "recipient": (header.recipient, colleague.identity_key),
            "reader key": (header.reader_key, reader.reader_key),
            "request": (header.request_hash, job.request_hash),
        }
    )
    if found:
        raise _invalid(f"the {found}")
    shared = SharedWith(job.job, job.organisation, user.user, colleague.user, text, now)
    platform.shared_results.share(shared, most=MOST_SHARED)
    return shared


def list_shared(platform: Platform, user: User) -> list[SharedWith]:
    """What the user has shared and was given, the newest first."""
    return platform.shared_results.of_user(user.user)


def read_shared(platform: Platform, user: User, job_id: str) -> SharedWith:
    """What the user was given of a job of their organisation.

    Raises:
        NotFound: `no-job`, `no-shared-result`, `shared-withdrawn`.
    """
    shared = platform.shared_results.get(visible_job(platform, user, job_id).job, user.user)
    if shared.withdrawn_at:
        raise withdrawn(shared)
    return shared


def withdraw_shared(
    platform: Platform, user: User, job_id: str, recipient: str, *, now: int
) -> None:
    """Take back what a recipient was given of a job. Its sharer's withdrawal deletes the document
    and stays to be seen by the recipient, who puts away the whole of it.

    Raises:
        NotFound: `no-shared-result`: there is none, or it is neither's. `shared-withdrawn`: its
            sharer has done so before.
    """
    shared = platform.shared_results.get(job_id, recipient)
    if user.user == shared.recipient:
        platform.shared_results.put_away(job_id, recipient)
    elif user.user != shared.sharer:
        raise no_shared(job_id, recipient)
    elif shared.withdrawn_at:
        raise withdrawn(shared)
    else:
        platform.shared_results.withdraw(job_id, recipient, now=now)


def drop_shared(platform: Platform, *, now: int) -> None:
    """Forget what was shared long ago; whoever opened it keeps it on their own machine."""
    platform.shared_results.forget_before(now - platform.waits.shared_seconds)


def _header(text: str, user: User) -> SharedHeader:
    try:
        header = open_signed(SharedResult, text.encode(), signer=user.identity_key).record.header
    except CryptoError as error:
        raise _invalid(f"{error}") from error
    if header.sharer != user.identity_key:
        raise _invalid("it names another sharer than its signer")
    return header


def _reader(platform: Platform, user: User, recipient: str) -> tuple[User, ReaderKey]:
    for one in colleagues_of(platform, user):
        if one.user == recipient:
            reader = reader_key_of(platform, recipient)
            if reader is None:
                raise no_reader_key(recipient)
            return one, reader
    raise no_colleague(recipient, user.organisation)


def _invalid(reason: str) -> Refused:
    return Refused(
        "shared-invalid",
        f"The result was not shared: {reason}.",
        "Share it with the installed client: market result share.",
    )
