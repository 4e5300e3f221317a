"""A released job from end to end, with real keys, ciphertext, noise and signatures, in memory.

    story = released_job()
    story.bundle()                                  # what the platform hands out
    story.bundle(platform=other_shares)             # what a cheating one might

Every party's keys are at hand, so a test can re-sign as whichever party it lets cheat.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crypto import canonical
from crypto.chunk import build_chunk, parse_chunk
from crypto.encrypt import EncryptedLimbs, encrypt_column
from crypto.envelope import RecipientKey, envelope_info, seal
from crypto.fresh import FreshBytes
from crypto.identity import SigningKey
from crypto.noise import derive_noise, noise_commitment
from crypto.parameters import PRODUCTS
from crypto.secret import Secret
from crypto.secret_key import CkksSecretKey, factor, product_shares
from crypto.shares import (
    Residues,
    add_residues,
    encode_residues,
    encode_table,
    platform_digest,
    reduce_integer,
    sum_residues,
)
from crypto.sum_shares import SumShares, share_sums
from market import wire
from market.plan.expression import Column
from market.plan.factors import Product
from market.plan.lowered import lower
from market.plan.plan import NamedStatistic, Plan, plan_hash
from market.plan.schema import CategoricalColumn, NumericColumn, PrivacyUnit, Schema
from market.plan.statistics import KINDS, Count, GroupBy, Histogram, Mean, Variance
from market.pricing.quote import Quote, quote
from market.records.delivery import (
    Bundle,
    DeliveredDataset,
    DeliveredParty,
    DeliveryStatement,
    Envelope,
    EnvelopeHeader,
    OpenedOutput,
    SealedShares,
    Share,
    shares_digest,
)
from market.records.listing import Description, Listing, Policy
from market.records.manifest import Chunk, EncryptedColumn, Manifest
from market.records.receipt import (
    FIRST_PREVIOUS,
    Countersignature,
    CountersignedReceipt,
    Receipt,
    plan_commitment,
    receipted,
)
from market.records.request import Request, RequestedDataset
from market.records.signed import record_hash, sign_record
from market.tables.encode import encode_table as encode_rows
from world.lattices import agg_lattice

NOW = 1_750_000_000
ROWS = 600
RHO_UNITS = 2 * 10**12
DATASET = "household-visits"
JOB = "job-0123456789ab"

SCHEMA = Schema(
    name="visits",
    columns=(
        NumericColumn("visits", "0", "50", "Visits to a doctor", "visits", "low", None, None),
        CategoricalColumn("health", ("good", "poor"), "Health as they say"),
        CategoricalColumn("district", ("east", "west"), "Where they live", only_summed=True),
    ),
    privacy_unit=PrivacyUnit(None, 1, "one person"),
    capacity_rows=4_000,
    products=(Product("visits", "visits"),),
)
PLAN = Plan(
    3,
    (DATASET,),
    "gaussian",
    (
        NamedStatistic("rows", 1, Count()),
        NamedStatistic("visits", 1, Mean(Column("visits"))),
        NamedStatistic("spread", 1, Variance(Column("visits"))),
        NamedStatistic("health", 1, Histogram("health")),
        NamedStatistic("districts", 1, Histogram("district")),
        NamedStatistic("visits_by_health", 2, GroupBy(("health",), Mean(Column("visits")))),
    ),
)


def table() -> dict[str, list[Any]]:
    """The owner's rows."""
    generator = np.random.default_rng(7)
    return {
        "visits": [float(value) for value in generator.integers(0, 51, ROWS)],
        "health": [str(value) for value in generator.choice(["good", "poor", "none said"], ROWS)],
        "district": [str(value) for value in generator.choice(["east", "west"], ROWS)],
    }


@dataclass(frozen=True)
class Story:
    """A job that was released, and everybody's keys."""

    owner: SigningKey
    agent: SigningKey
    platform: SigningKey
    buyer: SigningKey
    recipient: RecipientKey
    ckks: CkksSecretKey
    noise_key: Secret
    columns: dict[str, EncryptedLimbs | SumShares]
    listing: Listing
    manifest: Manifest
    request: Request
    salt: str

    @functools.cached_property
    def quote(self) -> Quote:
        return quote(lower(PLAN, SCHEMA), RHO_UNITS, self.listing.policy.delta, agg_lattice(SCHEMA))

    @property
    def request_text(self) -> str:
        return sign_record(self.buyer, self.request).encode().decode()

    def decryption_shares(self) -> tuple[dict[str, Residues], dict[str, Residues]]:
        """(platform's, agent's noised) share of every output."""
        platform, agent = self._decryption_shares
        return dict(platform), dict(agent)

    @functools.cached_property
    def _decryption_shares(self) -> tuple[dict[str, Residues], dict[str, Residues]]:
        platform: dict[str, Residues] = {}
        agent: dict[str, Residues] = {}
        for output in self.quote.outputs:
            b, d = self._shares_of(output.columns)
            noise = derive_noise(
                self.noise_key,
                manifest_hash=record_hash(self.manifest),
                output=output.output,
                ladder=output.ladder,
                rung=output.rung,
            )
            platform[output.output] = b
            agent[output.output] = add_residues(d, reduce_integer(noise, PRODUCTS), PRODUCTS)
        return platform, agent

    def _shares_of(self, names: Sequence[str]) -> tuple[Residues, Residues]:
        parts = [self.columns[name] for name in names]
        if len(parts) == 1:
            return (
                sum_residues(parts[0].platform_constants, PRODUCTS),
                sum_residues(parts[0].key_holder_constants, PRODUCTS),
            )
        left, right = (
            parse_chunk(
                build_chunk(PRODUCTS, part.seeds, part.c0, first_ciphertext=0),
                PRODUCTS,
                expected_ciphertexts=1,
            )
            for part in parts
        )
        key_holder, platform = product_shares(factor(self.ckks, left), factor(self.ckks, right))
        return platform, key_holder

    def envelope(self, **header: Any) -> Envelope:
        """The agent's envelope; keyword arguments change its header before it is sealed."""
        platform, agent = self.decryption_shares()
        plain = EnvelopeHeader(
            receipt="receipt-1",
            job=JOB,
            request_hash=record_hash(self.request),
            plan_hash=self.request.plan_hash,
            manifest_hashes=self.request.manifest_hashes,
            outputs=tuple(
                OpenedOutput(o.output, o.degree, o.law, str(o.scale_squared))
                for o in self.quote.outputs
            ),
            platform_digest=platform_digest(list(platform.items()), PRODUCTS),
            parameters=PRODUCTS.name,
            agent=self.agent.public.hex,
            recipient_key=self.recipient.public_hex,
        )
        changed = replace(plain, **header)
        sealed = SealedShares(
            tuple(Share(name, encode_residues(d, PRODUCTS)) for name, d in agent.items()), self.salt
        )
        return Envelope(
            changed,
            seal(
                wire.encode(sealed),
                recipient=changed.recipient_key,
                info=envelope_info(changed.agent, changed.recipient_key),
                aad=wire.encode(changed),
            ),
        )

    def receipt(self, envelope: Envelope, **changes: Any) -> Receipt:
        plain = Receipt(
            receipt="receipt-1",
            sequence=1,
            previous=FIRST_PREVIOUS,
            datasets=(receipted(self.manifest, record_hash(self.manifest)),),
            buyer=self.buyer.public.fingerprint(),
            rho_units=self.request.rho_units,
            plan_commitment=plan_commitment(self.salt, self.request.plan_hash),
            request_hash=record_hash(self.request),
            envelope_hash=record_hash(envelope),
            issued_at=NOW,
        )
        return replace(plain, **changes)

    def countersigned(
        self,
        receipt: Receipt,
        *,
        agent: SigningKey | None = None,
        platform: SigningKey | None = None,
    ) -> str:
        word = Countersignature(record_hash(receipt), receipt.envelope_hash, NOW + 1)
        both = CountersignedReceipt(
            sign_record(agent or self.agent, receipt).encode().decode(),
            sign_record(platform or self.platform, word).encode().decode(),
        )
        return canonical.dumps(wire.to_json(both)).decode()

    def statement(self, sent: Bundle, **changes: Any) -> str:
        """The platform's word on what it sends."""
        (envelope,), (countersigned,) = sent.envelopes, sent.receipts
        receipt = wire.from_json(CountersignedReceipt, canonical.loads(countersigned.encode()))
        released = DeliveredParty(
            self.agent.public.hex,
            _hash_in(Envelope, envelope),
            _hash_in(Receipt, receipt.receipt),
        )
        said = DeliveryStatement(
            job=JOB,
            datasets=(
                DeliveredDataset(
                    DATASET,
                    1,
                    record_hash(self.manifest),
                    shares_digest(sent.platform[0], PRODUCTS),
                ),
            ),
            parties=(released,),
            plan_hash=self.request.plan_hash,
            request_hash=record_hash(self.request),
            parameters=PRODUCTS.name,
        )
        return sign_record(self.platform, replace(said, **changes)).encode().decode()

    def bundle(self, *, platform: tuple[Share, ...] | None = None, **changes: Any) -> bytes:
        """What the platform hands out; keyword arguments replace members of the bundle, `platform`
        its shares over the one dataset.

        The platform signs for whatever it sends, unless `statement` is among the changes.
        """
        own, _ = self.decryption_shares()
        envelope = self.envelope()
        plain = Bundle(
            listings=(sign_record(self.owner, self.listing).encode().decode(),),
            manifests=(sign_record(self.owner, self.manifest).encode().decode(),),
            plan=wire.encode(PLAN).decode(),
            request=self.request_text,
            envelopes=(sign_record(self.agent, envelope).encode().decode(),),
            receipts=(self.countersigned(self.receipt(envelope)),),
            platform=(shares(own) if platform is None else platform,),
            statement="",
        )
        sent = replace(plain, **changes)
        if not sent.statement:
            sent = replace(sent, statement=self.statement(sent))
        return canonical.dumps(wire.to_json(sent))

    def released_anew(
        self, *, signer: SigningKey | None = None, header: dict[str, Any], **changes: Any
    ) -> bytes:
        """A bundle whose agent signed another header, with a receipt that fits it."""
        envelope = self.envelope(**header)
        by = signer or self.agent
        return self.bundle(
            envelopes=(sign_record(by, envelope).encode().decode(),),
            receipts=(self.countersigned(self.receipt(envelope), agent=by),),
            **changes,
        )


def _hash_in(kind: type[Envelope] | type[Receipt], document: str) -> str:
    """Of the record in a signed document, whether or not its signature holds."""
    value = canonical.loads(document.encode())
    assert isinstance(value, dict)
    return record_hash(wire.from_json(kind, value["record"]))


def shares(residues: dict[str, Residues]) -> tuple[Share, ...]:
    return tuple(Share(name, encode_residues(value, PRODUCTS)) for name, value in residues.items())


def shifted(residues: Residues, by: int) -> Residues:
    """The share of the same sum plus `by` lattice units."""
    return add_residues(residues, reduce_integer(by, PRODUCTS), PRODUCTS)


@functools.cache
def released_job() -> Story:
    """The story, made once per test run."""
    owner, agent, platform, buyer = (SigningKey.generate() for _ in range(4))
    recipient, ckks = RecipientKey.generate(), CkksSecretKey.generate(PRODUCTS)
    noise_key = Secret(secrets.token_bytes(32))
    fresh = FreshBytes(secrets.token_bytes)
    columns = {
        name: share_sums(values, PRODUCTS, fresh=fresh)
        if name in SCHEMA.only_summed
        else encrypt_column(values, ckks, fresh=fresh)
        for name, values in encode_rows(table(), SCHEMA, PRODUCTS).columns.items()
    }
    manifest = make_manifest(agent, ckks, noise_key, columns)
    listing = make_listing(manifest)
    request = make_request(listing, agent, recipient)
    return Story(
        owner=owner,
        agent=agent,
        platform=platform,
        buyer=buyer,
        recipient=recipient,
        ckks=ckks,
        noise_key=noise_key,
        columns=columns,
        listing=listing,
        manifest=manifest,
        request=request,
        salt=secrets.token_hex(32),
    )


def make_manifest(
    agent: SigningKey,
    ckks: CkksSecretKey,
    noise_key: Secret,
    columns: dict[str, EncryptedLimbs | SumShares],
) -> Manifest:
    return Manifest(
        dataset=DATASET,
        version=1,
        lineages=("a" * 64,),
        epoch=1,
        schema_digest=SCHEMA.digest(),
        parameters=PRODUCTS.name,
        parameters_digest=PRODUCTS.digest(),
        key_id=ckks.key_id(),
        noise_commitment=noise_commitment(noise_key),
        agent=agent.public.hex,
        form="seed-only",
        hash="blake3",
        ciphertexts=1,
        columns=tuple(
            EncryptedColumn(
                name,
                ()
                if name in SCHEMA.only_summed
                else (Chunk(f"datasets/{DATASET}/1/{i}", "0" * 64, "1" * 64, 1, 0, 1),),
                encode_table(column.platform_constants, PRODUCTS),
            )
            for i, (name, column) in enumerate(columns.items())
        ),
        twin_seed=1,
        created_at=NOW - 1_000,
    )


def make_listing(manifest: Manifest) -> Listing:
    policy = Policy(
        budget_rho_units=10**14,
        buyer_rho_units=10**13,
        job_rho_units=10**13,
        delta="0.000001",
        statistics=KINDS,
        access="open",
        approval="automatic",
        recomputation=True,
        price_cents=1_250,
    )
    description = Description("Visits to doctors", "A survey.", "Made up.", "CC0", "None.")
    return Listing(DATASET, 1, description, SCHEMA, policy, record_hash(manifest))


def make_request(listing: Listing, agent: SigningKey, recipient: RecipientKey) -> Request:
    asked = RequestedDataset(DATASET, 1, listing.manifest_hash, listing.policy.price_cents)
    return Request(
        job=JOB,
        datasets=(asked,),
        parties=(agent.public.hex,),
        plan_hash=plan_hash(PLAN, (SCHEMA,)),
        rho_units=quote(
            lower(PLAN, SCHEMA), RHO_UNITS, listing.policy.delta, agg_lattice(SCHEMA)
        ).rho_units,
        recipient_key=recipient.public_hex,
        nonce="0" * 32,
        created_at=NOW - 100,
        expires_at=NOW + 10_000,
    )
