"""A platform shifts a constant of a column that has nothing else: no ciphertext contradicts it.

Where a column has chunks, workers add up its ciphertext and find that the constants do not fit. One
that is only summed has its constants alone, and the platform that hands them out also computes with
them. What it shifts is another number of people, unless whoever opens holds it against the owner's
signature; where the owner's own manifest is at hand, the platform has signed the proof as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from world.cheating_platform import CheatingPlatform, buyer_home, serving
from world.sealed_results import JOB, Story, released_job, shares, shifted

from crypto import canonical
from crypto.identity import SigningKey
from crypto.parameters import PRODUCTS
from crypto.shares import decode_table, encode_table, platform_digest
from market.cli.main import main
from market.records.delivery import Share
from market.records.manifest import Manifest
from market.records.signed import record_hash, sign_record

LEVEL = "district=east"
FURTHER_PEOPLE = 1_000 * PRODUCTS.unit(1)
Cheat = Callable[[Story], bytes]


@pytest.fixture
def story() -> Story:
    return released_job()


def shifted_share(story: Story) -> tuple[Share, ...]:
    platform, _ = story.decryption_shares()
    return shares(platform | {LEVEL: shifted(platform[LEVEL], FURTHER_PEOPLE)})


def shifted_manifest(story: Story) -> Manifest:
    """The constant that the shifted share is the sum of."""
    manifest = story.manifest
    (constant,) = decode_table(manifest.column(LEVEL).constants, manifest.ciphertexts, PRODUCTS)
    moved = encode_table([shifted(constant, FURTHER_PEOPLE)], PRODUCTS)
    columns = tuple(
        replace(column, constants=moved) if column.name == LEVEL else column
        for column in manifest.columns
    )
    return replace(manifest, columns=columns)


def beside_the_owners_manifest(story: Story) -> bytes:
    return story.bundle(platform=shifted_share(story))


def with_an_agent_that_signs_it(story: Story) -> bytes:
    platform, _ = story.decryption_shares()
    platform[LEVEL] = shifted(platform[LEVEL], FURTHER_PEOPLE)
    digest = platform_digest(list(platform.items()), PRODUCTS)
    return story.released_anew(header={"platform_digest": digest}, platform=shifted_share(story))


def under_the_owners_old_signature(story: Story) -> bytes:
    signed = canonical.loads(sign_record(story.owner, story.manifest).encode())
    assert isinstance(signed, dict)
    moved = canonical.loads(sign_record(story.owner, shifted_manifest(story)).encode())
    assert isinstance(moved, dict)
    kept = canonical.dumps(moved | {"signature": signed["signature"]}).decode()
    return story.bundle(manifests=(kept,), platform=shifted_share(story))


def under_a_signature_of_its_own(story: Story) -> bytes:
    invented, manifest = SigningKey.generate(), shifted_manifest(story)
    listing = replace(story.listing, manifest_hash=record_hash(manifest))
    return story.bundle(
        listings=(sign_record(invented, listing).encode().decode(),),
        manifests=(sign_record(invented, manifest).encode().decode(),),
        platform=shifted_share(story),
    )


def told(*command: str) -> dict[str, Any]:
    answer = json.loads(CliRunner().invoke(main, [*command, "--json"]).stdout)
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("cheat", "code"),
    [
        (beside_the_owners_manifest, "result-invalid"),
        (with_an_agent_that_signs_it, "result-invalid"),
        (under_the_owners_old_signature, "publication-invalid"),
        (under_a_signature_of_its_own, "result-invalid"),
    ],
)
def test_shifted_number_of_people_is_not_opened(
    tmp_path: Path, story: Story, cheat: Cheat, code: str
) -> None:
    with serving(CheatingPlatform(cheat(story))) as url:
        home = buyer_home(tmp_path / "home", story, url)
        answer = told("result", "open", JOB, "--home", str(home))
    assert answer["error"]["code"] == code
    assert not (home / "jobs" / JOB / "result.json").exists()


def test_shifted_number_of_people_is_proved_to_an_outsider(tmp_path: Path, story: Story) -> None:
    with serving(CheatingPlatform(with_an_agent_that_signs_it(story))) as url:
        home = buyer_home(tmp_path / "home", story, url)
        told("result", "open", JOB, "--home", str(home))
    (kept,) = (home / "jobs" / JOB).glob("bundle*.json")
    key = ("--platform-key", story.platform.public.hex, "--home", str(tmp_path / "outsider"))
    proofs = told("result", "evidence", str(kept), *key)["proofs"]
    assert [(proof["rule"], LEVEL in proof["reason"]) for proof in proofs] == [(2, True)]
