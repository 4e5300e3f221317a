"""The market of the tests: the platform's real services over chosen ports and stages.

    market = Market()
    market.publish()
    job = market.released()           # submit, plan, sign, approve, evaluate, release
    market.pass_days(3)

Ports are in memory unless others are given. Programs are built in process by the module the sandbox
runs; shares are computed by the code the Spark workers run, over chunks of random limbs. What the
agent seals is opaque to the platform.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np

from crypto.chunk import build_chunk
from crypto.envelope import RecipientKey
from crypto.identity import SigningKey
from crypto.parameters import PRODUCTS, Parameters
from crypto.secret import Secret
from market.entities.documents import Kind
from market.entities.job import Job
from market.entities.limits import Limits
from market.entities.people import User
from market.entities.sent_program import ProgramLimits
from market.errors import NotFound
from market.plan.plan import Plan
from market.plan.schema import Schema
from market.policy.submission.submission import Submission
from market.ports.object_store import ObjectStore
from market.records.delivery import Envelope
from market.records.listing import Description, Policy
from market.records.manifest import EncryptedColumn, Manifest
from market.records.receipt import Receipt
from market.records.request import Request
from market.records.signed import open_signed
from market.records.standing import Standing, StandingWord
from market.records.union import UnionTerms
from market.records.verified_chunk import describe_chunk
from market.services.access.appoint_agent import appoint_agent
from market.services.access.refresh_forms import refresh_forms
from market.services.compute.accept_approval import accept_approval
from market.services.compute.accept_request import accept_request
from market.services.compute.evaluate_job import evaluate_job, shares_of
from market.services.compute.plan_job import plan_job
from market.services.platform import Platform, Waits
from market.services.publish.change_standing import change_standing
from market.services.publish.publish_dataset import publish_dataset
from market.services.release.accept_release import accept_release
from market.services.sources import datasets_of
from market.services.submit.start_run import start_submitted
from market.services.submit.submit_job import submit_job
from world.builders import (
    DATASET,
    DAY,
    NOW,
    a_chunk_key,
    a_description,
    a_listing,
    a_manifest,
    a_policy,
    a_schema,
    an_appointment,
    sign,
    text,
)
from world.job_builders import a_header, a_receipt_for, a_request, an_approval, an_envelope, carried
from world.memory.installation import QuietInstallation
from world.memory.notices import KeptMessages
from world.memory.objects import MemoryObjects
from world.people import CAST, OSCAR, a_key, fingerprint, settle
from world.ports import Ports, ports_in_memory
from world.random_ciphertext import constants_of, random_limbs
from world.stages import InProcessEvaluator, Programs, RecordingScheduler

REPOSITORY = "https://git.example.org/questions.git"
MEAN_AGE = """
def build(ds):
    return {"rows": ds.count(), "age": ds["age"].mean()}
"""
REGIONS = """
def build(ds):
    return {"regions": ds["region"].histogram()}
"""

Question = str | Plan
_POLICY = {field.name for field in fields(Policy)}


TOKEN_KEY = RecipientKey.from_private(Secret(bytes(range(32))))
PLENTY = Limits(1_000, 10_000, 1_000_000, 10**12)


class Market:
    """`olga` owns, `bob` and `eve` buy, `ada` administers; and a clock.

    What a test does not name is the class's: a subclass that sells other data says so here.
    """

    now: int = NOW
    dataset: str = DATASET
    question: Question = MEAN_AGE
    schema: Schema = a_schema()
    policy: Policy = a_policy()
    description: Description = a_description()
    keys: Mapping[str, SigningKey] = {user.user: a_key(user.user) for user in CAST}

    def __init__(
        self,
        ports: Ports | None = None,
        *,
        objects: ObjectStore | None = None,
        programs: Programs | None = None,
        entropy: Callable[[int], bytes] | None = None,
        with_people: bool = True,
    ) -> None:
        """
        Args:
            ports: where its records are; in memory unless others are given.
            programs: those that buyers have committed already.
            entropy: counts unless real entropy is given, so that failures repeat.
            with_people: False finds them in the ports.
        """
        kept = ports or ports_in_memory()
        self.programs = programs or Programs()
        self.forms = kept.forms
        self.scheduler = RecordingScheduler(is_known=self._is_known, forms=self.forms)
        objects = objects or MemoryObjects()
        self.evaluator = InProcessEvaluator(objects)
        self.messages = KeptMessages()
        self.platform = Platform(
            people=kept.people,
            appointments=kept.appointments,
            catalogue=kept.catalogue,
            retention=kept.retention,
            uploads=kept.uploads,
            consortia=kept.consortia,
            drafts=kept.drafts,
            jobs=kept.jobs,
            ledger=kept.ledger,
            receipts=kept.receipts,
            openings=kept.openings,
            audit=kept.audit,
            objects=objects,
            plans=self.programs,
            evaluator=self.evaluator,
            scheduler=self.scheduler,
            forms=self.forms,
            leases=kept.leases,
            troubles=kept.troubles,
            installation=QuietInstallation(),
            identity=a_key("platform"),
            entropy=entropy or _counting_entropy(),
            waits=Waits(),
            limits=PLENTY,
            own_limits=kept.own_limits,
            notices=kept.notices,
            inbox_marks=kept.inbox_marks,
            messengers=self.messages,
            sent_programs=kept.sent_programs,
            shared_results=kept.shared_results,
            program_limits=ProgramLimits(),
            token_keys=lambda: (TOKEN_KEY,),
        )
        if with_people:
            settle(self.people, *CAST)
            self.appoint("olga")

    people = property(lambda self: self.platform.people)
    ledger = property(lambda self: self.platform.ledger)
    appointments = property(lambda self: self.platform.appointments)
    catalogue = property(lambda self: self.platform.catalogue)
    consortia = property(lambda self: self.platform.consortia)
    jobs = property(lambda self: self.platform.jobs)
    receipts = property(lambda self: self.platform.receipts)
    objects = property(lambda self: self.platform.objects)
    olga = property(lambda self: self.user("olga"))
    bob = property(lambda self: self.user("bob"))
    eve = property(lambda self: self.user("eve"))

    def _is_known(self, user: str) -> bool:
        try:
            return self.user(user).is_active
        except NotFound:
            return False

    def user(self, name: str) -> User:
        return self.people.user(name)

    def job(self, job: Job) -> Job:
        """As it stands now."""
        return self.jobs.get(job.job)

    def document(self, job: Job, kind: Kind) -> str:
        """What the job carries of this kind; empty until there is one."""
        return carried(self.jobs, job, kind)

    def pass_days(self, days: float) -> None:
        self.now += int(days * DAY)

    def second_owner(self) -> User:
        """`oscar`, of the same organisation."""
        settle(self.people, OSCAR)
        self.appoint("oscar")
        return OSCAR

    def appoint(self, owner: str, agent: str = "agent") -> None:
        """The owner's next agent is the one whose key is `a_key(agent)`."""
        number = 1 + len(self.appointments.of_owner(owner))
        word = text(sign(an_appointment(agent, number), by=owner))
        appoint_agent(self.platform, self.user(owner), word, now=self.now)

    def publish(self, dataset: str = "", version: int = 1, **words: Any) -> Manifest:
        """List a dataset with its chunks stored; `words` change policy or description, and
        `parameters` say what it is encrypted for."""
        manifest, documents = self.stored(dataset, version, **words)
        publish_dataset(self.platform, self.olga, *documents, now=self.now)
        return manifest

    def stored(
        self,
        dataset: str = "",
        version: int = 1,
        *,
        parameters: Parameters = PRODUCTS,
        again: int = 0,
        **words: Any,
    ) -> tuple[Manifest, tuple[str, str]]:
        """Chunks in the store; the manifest, and listing and manifest as they travel. `again` of
        its columns are those of the version before."""
        dataset, schema = dataset or self.dataset, self.schema
        before: tuple[EncryptedColumn, ...] = ()
        if again:
            before = self.catalogue.version(dataset, version - 1).manifest.record.columns[:again]
        count = a_manifest(schema).ciphertexts
        manifest = a_manifest(
            schema,
            dataset=dataset,
            version=version,
            parameters=parameters.name,
            parameters_digest=parameters.digest(),
            columns=(
                *before,
                *(
                    self.store(name, a_chunk_key(dataset, version, place), place, count, parameters)
                    for place, name in enumerate(schema.encoded_columns)
                    if place >= again
                ),
            ),
        )
        of_policy = {name: words.pop(name) for name in words.keys() & _POLICY}
        listing = a_listing(
            manifest,
            schema,
            policy=replace(self.policy, **of_policy),
            description=replace(self.description, **words),
        )
        return manifest, (text(sign(listing)), text(sign(manifest)))

    def store(
        self,
        name: str,
        key: str,
        place: int,
        count: int = 1,
        parameters: Parameters = PRODUCTS,
    ) -> EncryptedColumn:
        """A column of random ciphertext in one chunk, in the store."""
        data, constants = _random_chunk(place, count, parameters)
        chunk = describe_chunk(key, data, first_ciphertext=0, ciphertexts=count)
        self.objects.put(key, data, sha256=chunk.sha256)
        return EncryptedColumn(name, (chunk,), constants)

    def standing_word(
        self, state: StandingWord, dataset: str = "", served_versions: tuple[int, ...] = ()
    ) -> str:
        """The owner's next word on a dataset."""
        dataset = dataset or self.dataset
        kept = self.catalogue.dataset(dataset).signed_standing
        number = kept.record.number + 1 if kept else 1
        return text(sign(Standing(dataset, number, state, served_versions, self.now)))

    def stand(self, state: StandingWord, dataset: str = "", **word: Any) -> None:
        """The owner's next word on a dataset arrives."""
        said = self.standing_word(state, dataset, **word)
        change_standing(self.platform, self.olga, dataset or self.dataset, said, now=self.now)

    def submit(
        self,
        question: Question = "",
        dataset: str = "",
        *,
        buyer: str | User = "bob",
        epsilon: str = "0.5",
    ) -> Job:
        # The housekeeper has gone round since the last grant.
        refresh_forms(self.platform, now=self.now)
        user = self.user(buyer) if isinstance(buyer, str) else buyer
        job = submit_job(
            self.platform,
            user,
            Submission(
                REPOSITORY,
                self.programs.commit(question or self.question),
                dataset or self.dataset,
                epsilon,
            ),
            now=self.now,
        )
        start_submitted(self.platform, job, user.user, now=self.now)
        return job

    def planned(self, question: Question = "", dataset: str = "", **form: Any) -> Job:
        return plan_job(self.platform, self.submit(question, dataset, **form), now=self.now)

    def request_for(self, job: Job, /, **changes: Any) -> Request:
        times = {"created_at": self.now, "expires_at": self.now + 5 * DAY}
        listings = [dataset.listing.record for dataset in datasets_of(self.platform, job)]
        return a_request(job, *listings, **times | {"union": self.union_of(job)} | changes)

    def union_of(self, job: Job) -> UnionTerms | None:
        """What a request to several owners says besides, each of whom has declared one union."""
        datasets = datasets_of(self.platform, job)
        if len(datasets) == 1:
            return None
        words = {union.values for one in datasets for union in one.listing.record.together.unions}
        newest = [self.appointments.of_owner(one.owner)[-1].record.keys for one in datasets]
        return UnionTerms("masked" if "masked" in words else "plain", tuple(newest))

    def request(self, job: Job, /, **changes: Any) -> str:
        """The same as it travels, signed by the job's buyer."""
        return text(sign(self.request_for(job, **changes), by=job.buyer))

    def requested(self, question: Question = "", dataset: str = "", **form: Any) -> Job:
        job = self.planned(question, dataset, **form)
        return accept_request(self.platform, job.job, self.request(job), now=self.now)

    def approved(self, question: Question = "", dataset: str = "", **form: Any) -> Job:
        return self.approve(self.requested(question, dataset, **form))

    def approve(self, job: Job) -> Job:
        word = an_approval(self.request_of(job), job.buyer, created_at=self.now)
        approval = text(sign(word, by="agent"))
        return accept_approval(self.platform, self.olga, job.job, approval, now=self.now)

    def evaluated(self, question: Question = "", dataset: str = "", **form: Any) -> Job:
        return evaluate_job(self.platform, self.approved(question, dataset, **form), now=self.now)

    def released(
        self, question: Question = "", dataset: str = "", *, charge: int | None = None, **form: Any
    ) -> Job:
        job = self.evaluated(question, dataset, **form)
        envelope, receipt = self.release_of(job, charge=charge)
        return self.accept(job, envelope, receipt)

    def accept(self, job: Job, envelope: Envelope, receipt: Receipt, by: str = "agent") -> Job:
        documents = text(sign(envelope, by=by)), text(sign(receipt, by=by))
        return accept_release(self.platform, self.olga, job.job, *documents, now=self.now)

    def request_of(self, job: Job) -> Request:
        return open_signed(Request, self.document(job, "request").encode()).record

    def release_of(self, job: Job, *, charge: int | None = None) -> tuple[Envelope, Receipt]:
        """What the agent sends for an evaluated job, next in its chain; `charge` is the rho it
        debited."""
        (dataset,) = datasets_of(self.platform, job)
        manifest = dataset.manifest.record
        sequence, previous = self.receipts.head(manifest.agent)
        request = self.request_of(job)
        shares = shares_of(self.jobs.documents(job.job), manifest.agent)
        envelope = an_envelope(a_header(request, manifest, shares))
        receipt = a_receipt_for(
            request,
            manifest,
            envelope,
            sequence=sequence + 1,
            previous=previous,
            buyer=fingerprint(job.buyer),
            rho_units=job.rho_units if charge is None else charge,
            issued_at=self.now,
        )
        return envelope, receipt

    def release_texts(self, job: Job, *, charge: int | None = None) -> tuple[str, ...]:
        """The same as it travels."""
        return tuple(text(sign(d, by="agent")) for d in self.release_of(job, charge=charge))


@functools.cache
def _random_chunk(seed: int, count: int, parameters: Parameters) -> tuple[bytes, str]:
    """Ciphertexts of uniform limbs, and their constants: to the platform, as good as any."""
    generator = np.random.default_rng(seed)
    words = random_limbs(generator, count, parameters)
    chunk = build_chunk(parameters, generator.bytes(32 * count), words, first_ciphertext=0)
    return chunk, constants_of(words, parameters)


def _counting_entropy() -> Callable[[int], bytes]:
    drawn = iter(range(1, 1 << 30))
    return lambda size: next(drawn).to_bytes(size, "big")
