"""A market in which two owners let their datasets be asked together, each with an agent.

market = UnionMarket()
job = market.evaluated()                  # both have approved
market.release(job, OLGAS)                # nothing is delivered yet
market.release(job, OSCARS)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from market.entities.job import Job
from market.entities.people import User
from market.records.delivery import Envelope
from market.records.manifest import Manifest
from market.records.receipt import Receipt
from market.records.union import Partner, Together, Union, Values
from market.services.compute.accept_approval import accept_approval
from market.services.compute.evaluate_job import shares_of
from market.services.publish.publish_dataset import publish_dataset
from market.services.release.accept_release import accept_release
from world.builders import (
    DATASET,
    DAY,
    a_chunk_key,
    a_listing,
    a_manifest,
    sign,
    text,
)
from world.job_builders import a_header, a_receipt_for, an_approval, an_envelope
from world.market import Market
from world.people import a_key, fingerprint

SECOND = "second-data"
BOTH = f"{DATASET},{SECOND}"
OLGAS, OSCARS = a_key("agent").public.hex, a_key("other agent").public.hex
OWNERS = {DATASET: "olga", SECOND: "oscar"}
AGENTS = {"olga": "agent", "oscar": "other agent"}


def together_with(*others: str, values: Values = "masked", is_sold_alone: bool = True) -> Together:
    """An owner's word that their dataset may be asked with these."""
    partners = tuple(Partner(name, fingerprint(OWNERS.get(name, name))) for name in sorted(others))
    return Together(is_sold_alone, (Union(partners, values),))


class UnionMarket(Market):
    """`olga` and `oscar` own; what is asked is both."""

    dataset = BOTH

    def __init__(self, values: Values = "masked", **given: Any) -> None:
        super().__init__(**given)
        self.second_owner()
        self.appoint("oscar", agent="other agent")
        self.publish_of("olga", DATASET, together=together_with(SECOND, values=values))
        self.publish_of("oscar", SECOND, together=together_with(DATASET, values=values))

    def publish_of(self, owner: str, dataset: str, *, version: int = 1, **words: Any) -> Manifest:
        """List an owner's dataset with its chunks stored; `words` are of its listing."""
        schema = words.get("schema", self.schema)
        count, place_of = a_manifest(schema).ciphertexts, 100 * list(AGENTS).index(owner)
        keys = [
            a_chunk_key(dataset, version, place, owner=owner)
            for place, _ in enumerate(schema.encoded_columns)
        ]
        manifest = a_manifest(
            schema,
            dataset=dataset,
            version=version,
            agent=a_key(AGENTS[owner]).public.hex,
            lineages=(f"{len(owner)}{list(AGENTS).index(owner)}" * 16,),
            columns=tuple(
                self.store(name, key, place_of + place, count)
                for place, (name, key) in enumerate(zip(schema.encoded_columns, keys, strict=True))
            ),
        )
        listing = a_listing(manifest, schema, **{"policy": self.policy} | words)
        documents = text(sign(listing, by=owner)), text(sign(manifest, by=owner))
        publish_dataset(self.platform, self.user(owner), *documents, now=self.now)
        return manifest

    def owner_of(self, party: str) -> User:
        """Whose agent it is."""
        return self.olga if party == OLGAS else self.user("oscar")

    def manifest_of(self, party: str) -> Manifest:
        name = DATASET if party == OLGAS else SECOND
        found: Manifest = self.catalogue.dataset(name).manifest.record
        return found

    def approval_text(self, job: Job, party: str, days: float = 5) -> str:
        """What a party's agent sends, in time."""
        dataset = self.catalogue.dataset(DATASET if party == OLGAS else SECOND)
        word = an_approval(
            self.request_of(job),
            party=party,
            manifest_hashes=(dataset.listing.record.manifest_hash,),
            created_at=self.now,
            expires_at=self.now + int(days * DAY),
        )
        return text(sign(word, by=AGENTS[self.owner_of(party).user]))

    def approve_by(self, job: Job, party: str, approval: str = "") -> Job:
        given = approval or self.approval_text(job, party)
        user = self.owner_of(party)
        return accept_approval(self.platform, user, job.job, given, now=self.now)

    def approve(self, job: Job) -> Job:
        for party in job.parties:
            job = self.approve_by(job, party)
        return job

    def release_by(
        self, job: Job, party: str, *, charge: int | None = None
    ) -> tuple[Envelope, Receipt]:
        """What a party's agent sends, next in its chain."""
        manifest = self.manifest_of(party)
        sequence, previous = self.receipts.head(party)
        request = self.request_of(job)
        header = a_header(request, manifest, shares_of(self.jobs.documents(job.job), party))
        envelope = an_envelope(replace(header, receipt=f"receipt-{party[:8]}-{sequence + 1}"))
        receipt = a_receipt_for(
            request,
            manifest,
            envelope,
            sequence=sequence + 1,
            previous=previous,
            rho_units=job.rho_units if charge is None else charge,
            issued_at=self.now,
        )
        return envelope, receipt

    def release_texts_by(self, job: Job, party: str, charge: int = 0) -> tuple[str, ...]:
        """The same as it travels."""
        by = AGENTS[self.owner_of(party).user]
        return tuple(text(sign(one, by=by)) for one in self.release_by(job, party, charge=charge))

    def release(self, job: Job, party: str, *, charge: int | None = None) -> Job:
        """A party's release arrives."""
        return self.send(job, party, self.release_by(job, party, charge=charge))

    def send(self, job: Job, party: str, release: tuple[Envelope, Receipt]) -> Job:
        """What a party's agent has made arrives, perhaps again."""
        user = self.owner_of(party)
        documents = [text(sign(one, by=AGENTS[user.user])) for one in release]
        return accept_release(self.platform, user, job.job, *documents, now=self.now)
