from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from world import sealed_results
from world.sealed_results import DATASET, JOB, Story, released_job, shares, shifted

from crypto import canonical
from crypto.envelope import RecipientKey
from crypto.identity import SigningKey
from crypto.keyfile import wrap
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from crypto.shares import platform_digest
from market import wire
from market.adapters.private_files import write_private
from market.client.kept.home import ClientHome
from market.client.kept.kept_question import Question, kept_question
from market.client.kept.keys import Keyring
from market.client.kept.pins import check_pin
from market.client.results.open_result import OpenedResult, open_checked, open_job
from market.client.verify.check_bundle import Expected, check_bundle
from market.errors import NotFound, Refused
from market.records.delivery import (
    Bundle,
    DeliveredDataset,
    DeliveryStatement,
    shares_digest,
)
from market.records.signed import open_signed, record_hash, sign_record

pytestmark = pytest.mark.stories

UNLOCK = Secret(b"u" * 32)


def no_passphrase() -> Secret:
    raise AssertionError("the key file unlocks")


def buyer_home(path: Path, story: Story, *, recipient: RecipientKey | None = None) -> ClientHome:
    """A home in which the story's request was signed."""
    home = ClientHome(path)
    write_private(home.unlock_path, UNLOCK.reveal())
    write_private(home.identity_path, wrap(story.buyer.seed(), UNLOCK, kind="identity"))
    kept = wrap((recipient or story.recipient).private(), UNLOCK, kind="recipient")
    home.write_job(JOB, "recipient.key", kept)
    home.write_job(JOB, "request.json", story.request_text.encode())
    return home


def opened(home: ClientHome, story: Story, data: bytes) -> OpenedResult:
    keyring = Keyring(home, no_passphrase)
    return open_job(home, keyring, JOB, data, platform_key=story.platform.public.hex)


def opened_in_memory(story: Story, data: bytes) -> OpenedResult:
    """Every rule without a home, where unlocking keys takes most of the time."""
    expected = Expected(
        request_text=story.request_text,
        buyer_key=story.buyer.public.hex,
        buyer=story.buyer.public.fingerprint(),
        recipient_key=story.recipient.public_hex,
        platform_key=story.platform.public.hex,
        pin=lambda _kind, _name, _key: None,
        keep_first=lambda seen: seen,
    )
    return open_checked(check_bundle(data, expected), story.recipient)


@pytest.fixture
def story() -> Story:
    return released_job()


@pytest.fixture
def home(tmp_path: Path, story: Story) -> ClientHome:
    return buyer_home(tmp_path / "home", story)


def test_good_bundle_gives_answers_within_their_errors(home: ClientHome, story: Story) -> None:
    result = opened(home, story, story.bundle())
    found = {answer.name: answer.cells for answer in result.answers}
    visits = np.array(sealed_results.table()["visits"])
    health = np.array(sealed_results.table()["health"])
    district = np.array(sealed_results.table()["district"])
    truth = {
        ("rows",): len(visits),
        ("visits",): visits.mean(),
        ("spread",): visits.var(),
        ("health", "good"): (health == "good").sum(),
        ("districts", "east"): (district == "east").sum(),
        ("visits_by_health", "poor"): visits[health == "poor"].mean(),
    }
    for (name, *labels), expected in truth.items():
        cell = next(cell for cell in found[name] if cell.labels == tuple(labels))
        assert cell.value is not None
        assert cell.error_95 is not None
        assert 0 < cell.error_95 < 0.2 * abs(expected)
        # Four half-widths: once in 10^14 runs by chance.
        assert math.isclose(cell.value, expected, abs_tol=4 * cell.error_95)


def test_opened_result_receipt_and_first_shares_are_kept(home: ClientHome, story: Story) -> None:
    result = opened(home, story, story.bundle())
    kept = home.read_job(JOB, "result.json")
    assert kept is not None
    assert json.loads(kept) == result.to_json()
    assert home.read_job(JOB, "receipt.json") is not None
    platform, _ = story.decryption_shares()
    first = home.read_job(JOB, "platform.json")
    assert first is not None
    (of_one,) = json.loads(first)
    assert [share["output"] for share in of_one] == list(platform)


def test_what_was_asked_is_kept_as_it_was_checked(home: ClientHome, story: Story) -> None:
    assert kept_question(home, JOB) is None
    opened(home, story, story.bundle())
    assert kept_question(home, JOB) == Question(sealed_results.PLAN, sealed_results.SCHEMA)


def test_released_again_for_nothing_opens(story: Story) -> None:
    envelope = story.envelope()
    data = story.bundle(
        envelopes=(sign_record(story.agent, envelope).encode().decode(),),
        receipts=(story.countersigned(story.receipt(envelope, rho_units=0)),),
    )
    assert opened_in_memory(story, data).receipts[0].rho_units == 0


def test_job_not_signed_here_is_not_opened(tmp_path: Path, story: Story) -> None:
    with pytest.raises(NotFound) as caught:
        opened(ClientHome(tmp_path), story, story.bundle())
    assert caught.value.code == "not-signed-here"


def swapped(story: Story) -> bytes:
    platform, _ = story.decryption_shares()
    names = list(platform)
    platform[names[0]], platform[names[1]] = platform[names[1]], platform[names[0]]
    return story.bundle(platform=shares(platform))


def changed(story: Story) -> bytes:
    platform, _ = story.decryption_shares()
    platform["#valid"] = shifted(platform["#valid"], PRODUCTS.unit(1))
    return story.bundle(platform=shares(platform))


def changed_product(story: Story) -> bytes:
    platform, _ = story.decryption_shares()
    platform["health=good&visits"] = shifted(platform["health=good&visits"], PRODUCTS.unit(2))
    return story.bundle(platform=shares(platform))


def changed_with_agent(story: Story) -> bytes:
    """The agent signs the digest of a changed sum: only the manifest's constants contradict."""
    platform, _ = story.decryption_shares()
    platform["#valid"] = shifted(platform["#valid"], PRODUCTS.unit(1))
    digest = platform_digest(list(platform.items()), PRODUCTS)
    return story.released_anew(header={"platform_digest": digest}, platform=shares(platform))


def missing_share(story: Story) -> bytes:
    platform, _ = story.decryption_shares()
    platform.pop("#valid")
    return story.bundle(platform=shares(platform))


def other_job(story: Story) -> bytes:
    return story.released_anew(header={"job": "job-fedcba987654"})


def other_request(story: Story) -> bytes:
    return story.released_anew(header={"request_hash": "0" * 64})


def other_plan(story: Story) -> bytes:
    return story.released_anew(header={"plan_hash": "0" * 64})


def less_noise(story: Story) -> bytes:
    outputs = story.envelope().header.outputs
    less = replace(outputs[0], scale_squared=str(int(outputs[0].scale_squared) - 1))
    return story.released_anew(header={"outputs": (less, *outputs[1:])})


def wrong_agent(story: Story) -> bytes:
    other = SigningKey.generate()
    return story.released_anew(signer=other, header={"agent": other.public.hex})


def wrong_recipient(story: Story) -> bytes:
    return story.released_anew(header={"recipient_key": RecipientKey.generate().public_hex})


def foreign_manifest(story: Story) -> bytes:
    other = replace(story.manifest, epoch=2)
    return story.bundle(manifests=(sign_record(story.owner, other).encode().decode(),))


def foreign_request(story: Story) -> bytes:
    other = replace(story.request, nonce="1" * 32)
    return story.bundle(request=sign_record(story.buyer, other).encode().decode())


def altered_seal(story: Story) -> bytes:
    envelope = story.envelope()
    last = "0" if envelope.sealed[-1] != "0" else "1"
    broken = replace(envelope, sealed=envelope.sealed[:-1] + last)
    return story.bundle(
        envelopes=(sign_record(story.agent, broken).encode().decode(),),
        receipts=(story.countersigned(story.receipt(broken)),),
    )


def altered_receipt(story: Story) -> bytes:
    bundle = canonical.loads(story.bundle())
    receipt = bundle["receipts"][0].replace("receipt-1", "receipt-2")
    return story.bundle(receipts=(receipt,))


def receipt_of_another(story: Story) -> bytes:
    envelope = story.envelope()
    receipt = story.receipt(envelope, buyer="0" * 40)
    return story.bundle(
        envelopes=(sign_record(story.agent, envelope).encode().decode(),),
        receipts=(story.countersigned(receipt),),
    )


def dearer_receipt(story: Story) -> bytes:
    envelope = story.envelope()
    receipt = story.receipt(envelope, rho_units=story.request.rho_units + 1)
    return story.bundle(
        envelopes=(sign_record(story.agent, envelope).encode().decode(),),
        receipts=(story.countersigned(receipt),),
    )


def unsigned_shares(story: Story) -> bytes:
    """The platform signs for the honest shares, and sends others."""
    honest = canonical.loads(story.bundle())["statement"]
    platform, _ = story.decryption_shares()
    platform["#valid"] = shifted(platform["#valid"], PRODUCTS.unit(1))
    return story.bundle(platform=shares(platform), statement=honest)


def statement_changed(**changes: Any) -> Callable[[Story], bytes]:
    def alter(story: Story) -> bytes:
        sent = wire.decode(Bundle, story.bundle())
        return story.bundle(statement=story.statement(sent, **changes))

    alter.__name__ = "statement of another " + next(iter(changes))
    return alter


def statement_on(**changes: Any) -> Callable[[Story], bytes]:
    """The statement names another dataset."""

    def alter(story: Story) -> bytes:
        sent = wire.decode(Bundle, story.bundle())
        digest = shares_digest(sent.platform[0], PRODUCTS)
        named = DeliveredDataset(DATASET, 1, record_hash(story.manifest), digest)
        return statement_changed(datasets=(replace(named, **changes),))(story)

    alter.__name__ = "statement on another " + next(iter(changes))
    return alter


def statement_with(**changes: Any) -> Callable[[Story], bytes]:
    """The statement says something else of the one party."""

    def alter(story: Story) -> bytes:
        sent = wire.decode(Bundle, story.bundle())
        (party,) = open_signed(DeliveryStatement, story.statement(sent).encode()).record.parties
        return story.bundle(statement=story.statement(sent, parties=(replace(party, **changes),)))

    alter.__name__ = "statement with another " + next(iter(changes))
    return alter


def signed_by_another(story: Story) -> bytes:
    sent = wire.decode(Bundle, story.bundle())
    said = open_signed(DeliveryStatement, story.statement(sent).encode()).record
    other = sign_record(SigningKey.generate(), said).encode().decode()
    return story.bundle(statement=other)


INVALID: list[tuple[Callable[[Story], bytes], str, str]] = [
    (swapped, "result-invalid", "share of the sum"),
    (changed, "result-invalid", "share of the sum #valid"),
    (changed_product, "result-invalid", "digest"),
    (changed_with_agent, "result-invalid", "share of the sum #valid"),
    (missing_share, "result-invalid", "platform's outputs"),
    (other_job, "result-invalid", "envelope's job"),
    (other_request, "result-invalid", "envelope's request"),
    (other_plan, "result-invalid", "envelope's plan"),
    (less_noise, "result-invalid", "envelope's outputs"),
    (wrong_agent, "result-invalid", "signed by"),
    (wrong_recipient, "result-invalid", "recipient key"),
    (foreign_manifest, "publication-invalid", "manifest hash"),
    (foreign_request, "result-invalid", "did not sign"),
    (altered_seal, "result-invalid", "does not open"),
    (altered_receipt, "receipt-invalid", "does not verify"),
    (receipt_of_another, "result-invalid", "receipt's buyer"),
    (dearer_receipt, "result-invalid", "charges"),
    (unsigned_shares, "result-invalid", "statement's shares"),
    (signed_by_another, "result-invalid", "signed by"),
    (statement_changed(job="job-fedcba987654"), "result-invalid", "statement's job"),
    (statement_changed(request_hash="0" * 64), "result-invalid", "statement's request"),
    (statement_changed(parameters="none"), "result-invalid", "none"),
    (statement_changed(plan_hash="0" * 64), "result-invalid", "the statement is"),
    *(
        (statement_on(**change), "result-invalid", "the statement is")
        for change in ({"dataset": "other-visits"}, {"version": 2}, {"manifest_hash": "0" * 64})
    ),
    *(
        (statement_with(**{name: "0" * 64}), "result-invalid", "the statement is")
        for name in ("agent", "envelope_hash", "receipt_hash")
    ),
]


@pytest.mark.parametrize(
    ("alter", "code", "words"), INVALID, ids=[case[0].__name__ for case in INVALID]
)
def test_one_alteration_is_enough_to_open_nothing(
    story: Story, alter: Callable[[Story], bytes], code: str, words: str
) -> None:
    with pytest.raises(Refused) as caught:
        opened_in_memory(story, alter(story))
    assert caught.value.code == code
    assert words in caught.value.message


def test_seal_for_another_key_is_not_opened(tmp_path: Path, story: Story) -> None:
    home = buyer_home(tmp_path, story, recipient=RecipientKey.generate())
    with pytest.raises(Refused, match="recipient key"):
        opened(home, story, story.bundle())


def test_countersignature_of_another_platform_is_refused(home: ClientHome, story: Story) -> None:
    keyring = Keyring(home, no_passphrase)
    other = SigningKey.generate().public.hex
    with pytest.raises(Refused) as caught:
        open_job(home, keyring, JOB, story.bundle(), platform_key=other)
    assert caught.value.code == "result-invalid"
    # Nor is the result of a platform whose statement alone is its own.
    word = story.countersigned(story.receipt(story.envelope()), platform=SigningKey.generate())
    with pytest.raises(Refused) as caught:
        opened_in_memory(story, story.bundle(receipts=(word,)))
    assert caught.value.code == "receipt-invalid"


def test_listing_under_another_owner_key_is_refused(home: ClientHome, story: Story) -> None:
    check_pin(home, "owner", DATASET, SigningKey.generate().public.hex)
    with pytest.raises(Refused) as caught:
        opened(home, story, story.bundle())
    assert caught.value.code == "owner-key-changed"


def test_receipt_that_commits_to_another_plan_is_refused(story: Story) -> None:
    envelope = story.envelope()
    data = story.bundle(
        envelopes=(sign_record(story.agent, envelope).encode().decode(),),
        receipts=(story.countersigned(story.receipt(envelope, plan_commitment="0" * 64)),),
    )
    with pytest.raises(Refused) as caught:
        opened_in_memory(story, data)
    assert caught.value.code == "receipt-plan"


def test_first_platform_share_seen_is_the_only_one(home: ClientHome, story: Story) -> None:
    with pytest.raises(Refused, match="share of the sum"):
        opened(home, story, changed(story))
    with pytest.raises(Refused) as caught:
        opened(home, story, story.bundle())
    assert caught.value.code == "platform-share-changed"
    assert len(list((home.path / "jobs" / JOB).glob("bundle*.json"))) == 2
    assert home.read_job(JOB, "result.json") is None
    assert kept_question(home, JOB) is None


def test_share_that_adds_up_to_no_possible_value_is_refused(story: Story) -> None:
    """An agent that seals another key's share is caught by the size of the sum."""
    platform, _ = story.decryption_shares()
    name = "health=good&visits"
    platform[name] = shifted(platform[name], PRODUCTS.modulus // 3)
    digest = platform_digest(list(platform.items()), PRODUCTS)
    data = story.released_anew(header={"platform_digest": digest}, platform=shares(platform))
    with pytest.raises(Refused, match="possible value"):
        opened_in_memory(story, data)


def test_bytes_that_are_no_bundle_are_refused(home: ClientHome, story: Story) -> None:
    with pytest.raises(Refused) as caught:
        opened(home, story, b'{"no": "bundle"}')
    assert caught.value.code == "result-invalid"


def test_shares_nobody_signed_for_are_not_the_first(home: ClientHome, story: Story) -> None:
    with pytest.raises(Refused, match="statement's shares"):
        opened(home, story, unsigned_shares(story))
    assert home.read_job(JOB, "platform.json") is None
    assert opened(home, story, story.bundle()).job == JOB
