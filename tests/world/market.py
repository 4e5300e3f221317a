"""The platform in memory: real services over the ports' twins, real plans, real residues.

    market = Market()
    market.publish()
    job = market.released()           # submit, plan, sign, approve, evaluate, release
    market.pass_days(3)

Programs are built in process by the module the sandbox runs; shares are computed by the code the
Spark workers run, over chunks of random limbs. What the agent seals is opaque to the platform.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from crypto import limbs
from crypto.chunk import build_chunk
from crypto.parameters import AGG
from crypto.shares import decode_residues, encode_residues, platform_digest
from market.entities.job import Job
from market.entities.people import Organisation, User
from market.errors import NotFound
from market.policy.submission import Submission
from market.records.delivery import Envelope, EnvelopeHeader
from market.records.manifest import Chunk, EncryptedColumn, Manifest
from market.records.receipt import Receipt, plan_commitment, receipted
from market.records.request import Request
from market.records.signed import open_signed, record_hash
from market.records.standing import Standing, StandingWord
from market.services.accept_approval import accept_approval
from market.services.accept_release import accept_release
from market.services.accept_request import accept_request
from market.services.appoint_agent import appoint_agent
from market.services.change_standing import change_standing
from market.services.evaluate_job import evaluate_job, shares_of
from market.services.plan_job import plan_job
from market.services.platform import Platform, Waits
from market.services.publish_dataset import publish_dataset
from market.services.refresh_forms import refresh_forms
from market.services.submit_job import submit_job
from world.builders import (
    DATASET,
    DAY,
    NOW,
    a_chunk_key,
    a_key,
    a_listing,
    a_manifest,
    a_policy,
    a_request,
    a_schema,
    an_appointment,
    an_approval,
    carried,
    sign,
    text,
)
from world.memory.appointments import MemoryAppointments
from world.memory.catalogue import MemoryCatalogue
from world.memory.jobs import MemoryJobs
from world.memory.ledger import MemoryLedger
from world.memory.objects import MemoryObjects
from world.memory.people import MemoryPeople
from world.memory.receipts import MemoryReceipts
from world.stages import InProcessEvaluator, Programs, RecordingForms, RecordingScheduler

PASSWORD = "four unrelated words"
MEAN_AGE = """
def build(ds):
    return {"rows": ds.count(), "age": ds["age"].mean()}
"""
REGIONS = """
def build(ds):
    return {"regions": ds["region"].histogram()}
"""


class Market:
    """Owner `olga` of the clinic, buyers `ada` and `abel` of two laboratories, and a clock.

    Args:
        with_people: False finds them in the ports that are given.
        ports: stand in for the ports in memory, by name; `programs` for the programs known.
    """

    def __init__(self, *, with_people: bool = True, **ports: Any) -> None:
        self.now = NOW
        self.people: MemoryPeople = ports.get("people") or MemoryPeople()
        self.ledger: MemoryLedger = ports.get("ledger") or MemoryLedger()
        self.appointments: MemoryAppointments = ports.get("appointments") or MemoryAppointments()
        self.catalogue: MemoryCatalogue = ports.get("catalogue") or MemoryCatalogue(self.ledger)
        self.jobs: MemoryJobs = ports.get("jobs") or MemoryJobs()
        self.receipts: MemoryReceipts = ports.get("receipts") or MemoryReceipts()
        self.objects: MemoryObjects = ports.get("objects") or MemoryObjects()
        self.programs: Programs = ports.get("programs") or Programs()
        self.evaluator = InProcessEvaluator(self.objects)
        self.forms = RecordingForms()
        self.scheduler = RecordingScheduler(is_known=self._is_known, forms=self.forms)
        self.platform = Platform(
            people=self.people,
            appointments=self.appointments,
            catalogue=self.catalogue,
            jobs=self.jobs,
            ledger=self.ledger,
            receipts=self.receipts,
            objects=self.objects,
            plans=self.programs,
            evaluator=self.evaluator,
            scheduler=self.scheduler,
            forms=self.forms,
            identity=a_key("platform"),
            entropy=_counting_entropy(),
            waits=Waits(),
        )
        if not with_people:
            self.olga, self.ada, self.abel = map(self.people.user, ("olga", "ada", "abel"))
            return
        self.olga = self._user("olga", "clinic", ("owner",), "owner")
        self.appoint(self.olga, "owner")
        self.ada = self._user("ada", "north-lab", ("buyer",), "buyer")
        self.abel = self._user("abel", "south-lab", ("buyer",), "other buyer")

    def _is_known(self, user: str) -> bool:
        try:
            return self.people.user(user).is_active
        except NotFound:
            return False

    def pass_days(self, days: float) -> None:
        self.now += int(days * DAY)

    def second_owner(self) -> User:
        """`oscar` of the clinic, whose key is `a_key("second owner")`."""
        oscar = self._user("oscar", "clinic", ("owner",), "second owner")
        self.appoint(oscar, "second owner")
        return oscar

    def appoint(self, owner: User, by: str, agent: str = "agent") -> None:
        """The owner's next agent is the one whose key is `a_key(agent)`."""
        number = 1 + len(self.appointments.of_owner(owner.user))
        word = an_appointment(agent, number)
        appoint_agent(self.platform, owner, text(sign(word, by=by)), now=self.now)

    def publish(self, dataset: str = DATASET, version: int = 1, **policy: Any) -> Manifest:
        """List a dataset with its chunks stored; `policy` changes fields of the policy."""
        manifest, documents = self.stored(dataset, version, **policy)
        publish_dataset(self.platform, self.olga, *documents, now=self.now)
        return manifest

    def stored(
        self, dataset: str = DATASET, version: int = 1, **policy: Any
    ) -> tuple[Manifest, tuple[str, str]]:
        """Chunks in the store; the manifest, and listing and manifest as they travel."""
        schema = a_schema()
        manifest = a_manifest(
            schema,
            dataset=dataset,
            version=version,
            columns=tuple(
                self.store(name, a_chunk_key(dataset, version, place), place)
                for place, name in enumerate(schema.encoded_columns)
            ),
        )
        listing = a_listing(manifest, schema, policy=a_policy(**policy))
        return manifest, (text(sign(listing)), text(sign(manifest)))

    def stand(self, state: StandingWord, dataset: str = DATASET, **word: Any) -> None:
        """The owner's next word on a dataset arrives."""
        kept = self.catalogue.dataset(dataset).signed_standing
        number = kept.record.number + 1 if kept else 1
        said = Standing(dataset, number, state, word.get("served_versions", ()), self.now)
        change_standing(self.platform, self.olga, dataset, text(sign(said)), now=self.now)

    def submit(
        self,
        program: str = MEAN_AGE,
        *,
        by: User | None = None,
        epsilon: str = "0.5",
        dataset: str = DATASET,
    ) -> Job:
        # The housekeeper has gone round since the last grant.
        refresh_forms(self.platform, now=self.now)
        return submit_job(
            self.platform,
            by or self.ada,
            Submission(
                "https://git.example.org/questions.git",
                self.programs.commit(program),
                dataset,
                epsilon,
            ),
            now=self.now,
        )

    def planned(self, program: str = MEAN_AGE, **form: Any) -> Job:
        return plan_job(self.platform, self.submit(program, **form), now=self.now)

    def request_for(self, job: Job, /, **changes: Any) -> Request:
        dataset = self.catalogue.version(job.asked.dataset, job.asked.version)
        return a_request(
            job,
            dataset.listing.record.manifest_hash,
            **{"created_at": self.now, "expires_at": self.now + 5 * DAY, **changes},
        )

    def requested(self, program: str = MEAN_AGE, **form: Any) -> Job:
        job = self.planned(program, **form)
        signed = sign(self.request_for(job), by=self._key_name(job))
        return accept_request(self.platform, job.job, text(signed), now=self.now)

    def approved(self, program: str = MEAN_AGE, **form: Any) -> Job:
        return self.approve(self.requested(program, **form))

    def approve(self, job: Job) -> Job:
        approval = sign(an_approval(self.request_of(job), created_at=self.now), by="agent")
        return accept_approval(self.platform, self.olga, job.job, text(approval), now=self.now)

    def evaluated(self, program: str = MEAN_AGE, **form: Any) -> Job:
        return evaluate_job(self.platform, self.approved(program, **form), now=self.now)

    def released(self, program: str = MEAN_AGE, *, charge: int | None = None, **form: Any) -> Job:
        job = self.evaluated(program, **form)
        envelope, receipt = self.release_of(job, charge=charge)
        return self.accept(job, envelope, receipt)

    def accept(self, job: Job, envelope: Envelope, receipt: Receipt, by: str = "agent") -> Job:
        documents = text(sign(envelope, by=by)), text(sign(receipt, by=by))
        return accept_release(self.platform, self.olga, job.job, *documents, now=self.now)

    def request_of(self, job: Job) -> Request:
        request = carried(self.jobs, job, "request")
        assert request is not None
        return open_signed(Request, request.encode()).record

    def release_of(self, job: Job, *, charge: int | None = None) -> tuple[Envelope, Receipt]:
        """What the agent sends for an evaluated job, next in its chain; `charge` is the rho it
        debited."""
        manifest = self.catalogue.version(job.asked.dataset, job.asked.version).manifest.record
        sequence, previous = self.receipts.head(manifest.agent)
        request = self.request_of(job)
        shares = shares_of(self.jobs.documents(job.job))
        assert shares
        residues = [(s.output, decode_residues(s.residues, AGG)) for s in shares]
        header = EnvelopeHeader(
            receipt=f"receipt-{job.job}",
            job=job.job,
            request_hash=record_hash(request),
            plan_hash=request.plan_hash,
            manifest_hashes=request.manifest_hashes,
            outputs=(),
            platform_digest=platform_digest(residues, AGG),
            parameters=manifest.parameters_digest,
            agent=manifest.agent,
            recipient_key=request.recipient_key,
        )
        envelope = Envelope(header, sealed="5ea1ed" * 20)
        receipt = Receipt(
            receipt=header.receipt,
            sequence=sequence + 1,
            previous=previous,
            datasets=(receipted(manifest, record_hash(manifest)),),
            buyer=a_key(self._key_name(job)).public.fingerprint(),
            rho_units=job.rho_units if charge is None else charge,
            plan_commitment=plan_commitment("0" * 64, request.plan_hash),
            request_hash=record_hash(request),
            envelope_hash=record_hash(envelope),
            issued_at=self.now,
        )
        return envelope, receipt

    def _key_name(self, job: Job) -> str:
        return {"ada": "buyer", "abel": "other buyer"}[job.buyer]

    def _user(self, user: str, organisation: str, roles: tuple[Any, ...], key: str) -> User:
        self.people.add_organisation(Organisation(organisation, organisation.title()))
        made = User(user, organisation, user.title(), roles, a_key(key).public.hex, True)
        self.people.add_user(made, PASSWORD)
        return made

    def store(self, name: str, key: str, place: int) -> EncryptedColumn:
        data, constant = _random_chunk(place)
        digest = hashlib.sha256(data).hexdigest()
        self.objects.put(key, data, sha256=digest)
        return EncryptedColumn(name, (Chunk(key, digest, len(data), 0, 1),), constant)


@functools.cache
def _random_chunk(seed: int) -> tuple[bytes, str]:
    """One ciphertext of uniform limbs, and its constant: to the platform, as good as any."""
    generator = np.random.default_rng(seed)
    c0 = np.empty((1, len(AGG.primes), AGG.ring_degree), np.uint32)
    for index, prime in enumerate(AGG.primes):
        c0[:, index] = generator.integers(0, prime, c0[:, index].shape, np.uint32)
    constant = limbs.constant_coefficient(c0[0], AGG.primes)
    chunk = build_chunk(AGG, generator.bytes(32), c0, first_ciphertext=0)
    return chunk, encode_residues(constant, AGG)


def _counting_entropy() -> Callable[[int], bytes]:
    drawn = iter(range(1, 1 << 30))
    return lambda size: next(drawn).to_bytes(size, "big")


def with_waits(market: Market, **seconds: int) -> Platform:
    """The market's platform under other waits."""
    return replace(market.platform, waits=replace(market.platform.waits, **seconds))
