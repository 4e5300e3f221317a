"""Share an opened result with a colleague: sealed here, to a key that was compared.

What is sealed is the job's own recipient key, which opens this one job's envelopes: the colleague
opens what the agent sealed, and believes the sharer nothing (decision 0004). No budget is spent:
nothing new is answered.
"""

from __future__ import annotations

from pathlib import Path

from crypto import canonical
from crypto.envelope import RecipientKey, seal
from crypto.errors import CryptoError, FormatError
from crypto.identity import SigningKey
from market import wire
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.client.results.colleagues import Colleague, is_compared, not_compared
from market.client.results.opened_results import opened_result
from market.errors import Refused
from market.records.delivery import Bundle, DeliveryStatement
from market.records.request import Request
from market.records.shared_result import SHARED_INFO, SharedHeader, SharedResult
from market.records.signed import open_signed, record_hash, sign_record


def share_result(
    home: ClientHome,
    keyring: Keyring,
    portal: PortalClient,
    job: str,
    colleague: Colleague,
    *,
    now: int,
) -> None:
    """Seal a result that was opened here to a colleague, and hand it to the portal.

    Raises:
        NotFound: `not-opened`, `not-signed-here`; and what the portal answers.
        Refused: `not-compared`: nobody compared the colleague's key; `result-unreadable`.
    """
    if not is_compared(home, colleague):
        raise not_compared(colleague.user)
    identity, recipient = keyring.identity(), keyring.recipient(job)
    header = shared_header(opened_bundle(home, job), identity.public.hex, colleague, now=now)
    shared = sealed_to(colleague, header, recipient, identity)
    portal.post("shared-results", {"recipient": colleague.user, "shared": shared})


def withdraw_shared(portal: PortalClient, job: str, user: str) -> None:
    """Have the portal delete what a colleague was given; whoever opened it has it.

    Raises:
        NotFound: `no-shared-result`.
    """
    portal.delete(f"shared-results/{job}/{user}")


def opened_bundle(home: ClientHome, job: str) -> Bundle:
    """Of the bundles kept of a job the one whose receipts its opened result names.

    Raises:
        NotFound: `not-opened`. Refused: `result-unreadable`: none is left.
    """
    files = [str(one["file"]) for one in opened_result(home, job)["receipts"]]
    kept = tuple((home.read_job(job, file) or b"").decode() for file in files)
    folder: Path = home.job_path(job, "bundle.json").parent
    for path in sorted(folder.glob("bundle*.json")):
        try:
            bundle = wire.from_json(Bundle, canonical.loads(path.read_bytes()))
        except CryptoError:
            # What was delivered first and was refused is kept as evidence.
            continue
        if bundle.receipts == kept:
            return bundle
    raise Refused(
        "result-unreadable",
        f"Of what was delivered of {job} nothing is kept that goes with its result.",
        f"Open it again: market result open {job}",
    )


def shared_header(bundle: Bundle, sharer: str, colleague: Colleague, *, now: int) -> SharedHeader:
    """What the seal is bound to: the one result that was opened, and both people."""
    request = open_signed(Request, bundle.request.encode()).record
    statement = open_signed(DeliveryStatement, bundle.statement.encode()).record
    return SharedHeader(
        job=request.job,
        request_hash=record_hash(request),
        statement_hash=record_hash(statement),
        sharer=sharer,
        recipient=colleague.key,
        reader_key=colleague.reader_key,
        issued_at=now,
    )


def sealed_to(
    colleague: Colleague, header: SharedHeader, recipient: RecipientKey, identity: SigningKey
) -> str:
    """The signed document that carries the job's key to one colleague.

    Raises:
        Refused: `colleague-key-invalid`: nothing can be sealed to their reader key.
    """
    try:
        sealed = seal(
            recipient.private().reveal(),
            recipient=header.reader_key,
            info=SHARED_INFO,
            aad=wire.encode(header),
        )
    except FormatError as error:
        raise Refused(
            "colleague-key-invalid",
            f"Nothing can be sealed to the reader key of {colleague.user}: {error}.",
            "Ask them to make their keys anew with the installed client.",
        ) from error
    return sign_record(identity, SharedResult(header, sealed)).encode().decode()
