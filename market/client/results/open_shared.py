"""Open what a colleague shared: every check that its buyer made, and two more.

1. The document is signed by the sharer's key as first seen or compared, to this person's keys.
2. The bundle is the one result that the sharer opened, by the platform's statement.
3. The request in it is signed by the sharer, to the job's key that was sealed.

What follows is market.client.verify.check_bundle: owners, agents and platform are those this person
pins. A colleague can withhold a result; they cannot make one up.
"""

from __future__ import annotations

from functools import partial

from crypto import canonical
from crypto.canonical import Json
from crypto.envelope import RecipientKey, open_sealed
from crypto.errors import CryptoError
from crypto.identity import PublicKey
from crypto.secret import Secret
from market import wire
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.kept.keys import Keyring
from market.client.kept.pins import check_pin
from market.client.results.open_result import OpenedResult, keep_bundle, open_expected, open_job
from market.client.verify.check_bundle import Expected
from market.errors import NotFound, Refused
from market.records.delivery import Bundle, DeliveryStatement
from market.records.first_difference import first_difference
from market.records.request import Request
from market.records.shared_result import SHARED_INFO, SharedHeader, SharedResult
from market.records.signed import Signed, open_signed, record_hash

SHARED_FILE = "shared.json"


def fetch_and_open(
    home: ClientHome,
    keyring: Keyring,
    portal: PortalClient,
    job: str,
    *,
    platform_key: str,
    accepts_unverified: bool = False,
) -> OpenedResult:
    """Fetch a job's result and open it: as its buyer where it was signed here, else as somebody
    with whom it was shared.

    Raises:
        NotFound: `not-signed-here`: neither. Refused: as `open_job` and `open_shared`.
    """
    shared = None if home.read_job(job, "request.json") else _shared_here(portal, job)
    data = portal.get_bytes(f"jobs/{job}/bundle")
    if shared is None:
        return open_job(
            home,
            keyring,
            job,
            data,
            platform_key=platform_key,
            accepts_unverified=accepts_unverified,
        )
    sharer, document = str(shared["sharer"]), str(shared["document"])
    return open_shared(
        home,
        keyring,
        job,
        (sharer, document),
        data,
        platform_key=platform_key,
        accepts_unverified=accepts_unverified,
    )


def _shared_here(portal: PortalClient, job: str) -> dict[str, Json] | None:
    try:
        answer: dict[str, Json] = portal.get(f"shared-results/{job}")
    except NotFound as error:
        if error.code != "no-shared-result":
            raise
        return None
    return answer


def open_shared(
    home: ClientHome,
    keyring: Keyring,
    job: str,
    shared: tuple[str, str],
    data: bytes,
    *,
    platform_key: str,
    accepts_unverified: bool = False,
) -> OpenedResult:
    """Open a job's bundle with what a colleague shared, and keep the result as one's own.

    The job's key is not kept: who was given a result hands it on as a file, or asks the sharer.

    Args:
        shared: the sharer's user id, and the signed `market/shared-result/1`.

    Raises:
        NotFound: `no-reader-key`. Refused: `shared-invalid`; `shared-to-another-key`;
            `colleague-key-changed`; as `open_job`.
    """
    keep_bundle(home, job, data)
    sharer, document = shared
    try:
        signed = open_signed(SharedResult, document.encode())
        check_pin(home, "colleague", sharer, signed.signer)
        key = _sealed_key(keyring, job, signed)
        request_text = _shared_request(data, signed.record.header)
    except CryptoError as error:
        raise _invalid(f"{error}") from error
    expected = Expected(
        request_text=request_text,
        buyer_key=signed.signer,
        buyer=PublicKey.parse(signed.signer).fingerprint(),
        recipient_key=key.public_hex,
        platform_key=platform_key,
        pin=partial(check_pin, home),
        keep_first=partial(home.write_job_once, job, "platform.json"),
    )
    result = open_expected(home, job, data, expected, key, accepts_unverified=accepts_unverified)
    home.write_job(job, SHARED_FILE, document.encode())
    return result


def _sealed_key(keyring: Keyring, job: str, signed: Signed[SharedResult]) -> RecipientKey:
    """The job's key, sealed to this person by who signed."""
    header = signed.record.header
    identity, reader = keyring.identity().public, keyring.reader()
    _require(
        {
            "job": (header.job, job),
            "sharer": (header.sharer, signed.signer),
            "recipient": (header.recipient, identity.hex),
        }
    )
    if header.reader_key != reader.public_hex:
        raise Refused(
            "shared-to-another-key",
            f"The result of {job} is sealed to a reader key that is not in {keyring.home.path}.",
            "Register the one that is (market keys register), and have it shared anew.",
        )
    private = open_sealed(signed.record.sealed, reader, info=SHARED_INFO, aad=wire.encode(header))
    return RecipientKey.from_private(Secret(private))


def _shared_request(data: bytes, header: SharedHeader) -> str:
    """The request of the very bundle that the sharer opened."""
    bundle = wire.from_json(Bundle, canonical.loads(data))
    request = open_signed(Request, bundle.request.encode(), signer=header.sharer).record
    statement = open_signed(DeliveryStatement, bundle.statement.encode()).record
    _require(
        {
            "request": (record_hash(request), header.request_hash),
            "result": (record_hash(statement), header.statement_hash),
        }
    )
    return bundle.request


def _require(compared: dict[str, tuple[object, object]]) -> None:
    if found := first_difference(compared):
        raise _invalid(f"the {found}")


def _invalid(reason: str) -> Refused:
    return Refused(
        "shared-invalid",
        f"What was shared was not opened: {reason}.",
        "Have the sharer share it anew, and tell them by another channel than the portal.",
    )
