"""What proves a platform wrong, and what proves nothing: an outsider needs its key alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from world.job_builders import with_dataset
from world.sealed_results import JOB, Story, released_job, shares, shifted

from crypto.identity import SigningKey
from crypto.parameters import PRODUCTS
from market import wire
from market.client.verify.evidence import Proof, prove, read_stated
from market.errors import Refused
from market.records.delivery import Bundle
from market.records.signed import sign_record


@pytest.fixture
def story() -> Story:
    return released_job()


def proved(*bundles: bytes) -> list[int]:
    """The rules that were broken."""
    return [proof.rule for proof in prove([read_stated(data) for data in bundles])]


def with_share(story: Story, name: str, by: int) -> bytes:
    platform, _ = story.decryption_shares()
    platform[name] = shifted(platform[name], by)
    return story.bundle(platform=shares(platform))


def sealed_anew(story: Story) -> bytes:
    """A second envelope for the same job: another seal of the same shares."""
    envelope = story.envelope()
    return story.bundle(
        envelopes=(sign_record(story.agent, envelope).encode().decode(),),
        receipts=(story.countersigned(story.receipt(envelope)),),
    )


def test_two_statements_about_one_job_prove_the_platform_wrong(story: Story) -> None:
    (proof,) = prove([read_stated(story.bundle()), read_stated(sealed_anew(story))])
    assert (proof.job, proof.rule) == (JOB, 1)


def test_shares_of_a_sum_against_the_owners_constants_are_a_proof(story: Story) -> None:
    spoiled = with_share(story, "#valid", PRODUCTS.unit(1))
    proofs = prove([read_stated(spoiled)])
    assert [proof.rule for proof in proofs] == [2, 3]
    assert "#valid" in proofs[0].reason
    assert read_stated(spoiled).statement.signer == story.platform.public.hex


def test_shares_of_a_product_against_the_agents_header_are_a_proof(story: Story) -> None:
    name = next(
        share.output for share in shares(story.decryption_shares()[0]) if "&" in share.output
    )
    assert proved(with_share(story, name, 1)) == [3]


def test_an_agent_that_signs_the_same_wrong_sum_does_not_clear_the_platform(story: Story) -> None:
    platform, _ = story.decryption_shares()
    platform["#valid"] = shifted(platform["#valid"], 1)
    sent = wire.decode(Bundle, story.bundle(platform=shares(platform)))
    said = read_stated(wire.encode(sent)).statement.record
    spoiled = story.released_anew(
        header={"platform_digest": said.datasets[0].platform_digest}, platform=sent.platform[0]
    )
    assert proved(spoiled) == [2]


@pytest.mark.parametrize("changes", [{"dataset": "another-one"}, {"version": 2}])
def test_statement_of_another_dataset_with_this_manifest_is_a_proof(
    story: Story, changes: dict[str, Any]
) -> None:
    sent = wire.decode(Bundle, story.bundle())
    said = with_dataset(read_stated(story.bundle()).statement.record, **changes)
    statement = story.statement(sent, datasets=said.datasets)
    assert proved(story.bundle(statement=statement)) == [2]


def test_share_that_is_left_out_is_a_proof(story: Story) -> None:
    platform, _ = story.decryption_shares()
    platform.pop("#valid")
    assert 2 in proved(story.bundle(platform=shares(platform)))


def test_honest_platform_is_proved_nothing(story: Story) -> None:
    honest = story.bundle()
    for bundles in ([honest], [honest, honest]):
        with pytest.raises(Refused, match="nothing-proved"):
            prove([read_stated(data) for data in bundles])


def test_an_accuser_can_forge_no_proof(story: Story) -> None:
    """Whatever the platform did not sign for is altered: none of it counts against it."""
    honest = wire.decode(Bundle, story.bundle())
    platform, _ = story.decryption_shares()
    platform["#valid"] = shifted(platform["#valid"], 1)
    with pytest.raises(Refused, match="evidence-unsigned"):
        read_stated(wire.encode(replace(honest, platform=(shares(platform),))))
    column = replace(story.manifest.columns[0], constants="00" * 20)
    manifest = replace(story.manifest, columns=(column, *story.manifest.columns[1:]))
    accuser = SigningKey.generate()
    other_envelope = story.envelope(platform_digest="0" * 64)
    for name, forged in (
        ("manifests", (sign_record(story.owner, manifest).encode().decode(),)),
        ("envelopes", (sign_record(accuser, other_envelope).encode().decode(),)),
        ("plan", "{}"),
        ("listings", ("{}",)),
    ):
        altered = wire.encode(replace(honest, **{name: forged}))
        with pytest.raises(Refused, match="nothing-proved"):
            prove([read_stated(altered)])


@pytest.mark.parametrize("data", [b"", b"{}", b"[]"])
def test_what_is_no_bundle_is_no_evidence(data: bytes) -> None:
    with pytest.raises(Refused, match="evidence-unsigned"):
        read_stated(data)


def test_proofs_are_told_once(story: Story) -> None:
    spoiled = with_share(story, "#valid", 1)
    once = prove([read_stated(spoiled)])
    assert prove([read_stated(spoiled)] * 3) == once
    assert all(isinstance(proof, Proof) for proof in once)
