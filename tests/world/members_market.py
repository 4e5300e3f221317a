"""A market whose consortium is asked: three members with keys and agents of their own, and a clock.

    market = MembersMarket()                 # a union of three clinics; or another proposal
    job = market.sealed()                    # submit, plan, sign, approve, seal
    job = market.release_all(job, {"#valid": 900 * unit})

Members' sums and the shares of them are the test's to say; every document is real, and what is
sealed opens with the recipient's key.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from crypto import canonical
from crypto.envelope import RecipientKey, envelope_info, seal
from crypto.shamir import PRIME, share_text
from market import wire
from market.entities.consortium import Consortium
from market.entities.job import Job
from market.entities.people import User
from market.plan.lowered import lower
from market.plan.plan import Plan
from market.policy.budget.accounts import people_accounts
from market.policy.submission.submission import Submission
from market.pricing.lattice import MEMBERS, member_lattice
from market.pricing.quote import Quote, quote
from market.records.agreement import Agreement
from market.records.binding import Binding
from market.records.consortium import Proposal
from market.records.delivery import Envelope, EnvelopeHeader, OpenedOutput, SealedShares, Share
from market.records.member_part import member_hashes, receipted_member
from market.records.receipt import NO_ENVELOPE, Receipt, plan_commitment
from market.records.request import Request, RequestedDataset
from market.records.sealed_session import seal_session
from market.records.session import SessionAbort, SessionTerms
from market.records.signed import Signed, record_hash
from market.services.access.refresh_forms import refresh_forms
from market.services.compute.accept_approval import accept_approval
from market.services.compute.seal_job import seal_job
from market.services.release.accept_abort import accept_abort
from market.services.release.accept_release import accept_release
from market.services.submit.start_run import start_submitted
from market.services.submit.submit_job import submit_job
from world.builders import DAY, sign, text
from world.consortium_builders import MEMBERS as SPEAKERS
from world.consortium_builders import (
    a_consortium,
    a_proposal,
    a_session_join,
    agent_name,
    agreement_of,
)
from world.job_builders import an_approval
from world.market import REPOSITORY, Market, Question
from world.people import CAROL, DORA, HUGO, fingerprint, settle

Sums = Mapping[str, int]
"""What the members' tables and noise add up to, by output, in lattice units."""
SALT = "00" * 32
CAP_UNITS = 10**13


class MembersMarket(Market):
    """`olga` asks and is answered, unless a test says otherwise."""

    question = "def build(ds):\n    return {'rows': ds.count()}\n"

    def __init__(self, proposal: Proposal | None = None, **options: Any) -> None:
        super().__init__(**options)
        settle(self.people, CAROL, DORA, HUGO)
        self.recipient = RecipientKey.generate()
        self.consortium = self.found(a_consortium(proposal=proposal or a_proposal()))

    @property
    def agreement(self) -> Agreement:
        return agreement_of(self.consortium)

    @property
    def name(self) -> str:
        return self.consortium.consortium

    def found(self, consortium: Consortium) -> Consortium:
        """Everything that was signed reaches the platform."""
        kept, name, number = self.platform.consortia, consortium.consortium, consortium.number
        kept.propose(consortium.proposal, now=self.now)
        for joining in consortium.joinings:
            kept.add_joining(name, number, joining)
        for consent in consortium.consents:
            kept.add_consent(name, number, consent)
        for binding in consortium.bindings:
            self.bind(consortium, binding)
        return kept.get(name, number)

    def bind(self, consortium: Consortium, binding: Signed[Binding]) -> None:
        """A member's binding, with room on the accounts of its people."""
        member = agreement_of(consortium).member_of(binding.record.agent)
        self.platform.consortia.add_binding(
            consortium.consortium,
            consortium.number,
            binding,
            owner=SPEAKERS[member.organisation],
            caps=dict.fromkeys(people_accounts(binding.record), CAP_UNITS),
            now=self.now,
        )

    def user_of(self, party: str) -> User:
        """Who speaks for a party."""
        return self.user(SPEAKERS[self.agreement.member_of(party).organisation])

    def binding_of(self, party: str) -> Binding | None:
        found = self.consortium.binding_of(party)
        return found.record if found else None

    def submit(
        self, question: Question = "", dataset: str = "", *, buyer: str | User = "olga", **form: Any
    ) -> Job:
        refresh_forms(self.platform, now=self.now)
        submission = Submission(
            REPOSITORY,
            self.programs.commit(question or self.question),
            dataset or self.name,
            form.pop("epsilon", "0.5"),
            **form,
        )
        user = self.user(buyer) if isinstance(buyer, str) else buyer
        job = submit_job(self.platform, user, submission, now=self.now)
        start_submitted(self.platform, job, user.user, now=self.now)
        return job

    def request_for(self, job: Job, /, **changes: Any) -> Request:
        request = Request(
            job=job.job,
            datasets=(
                RequestedDataset(
                    self.name, self.consortium.number, self.consortium.agreement_hash, 0
                ),
            ),
            parties=self.agreement.parties,
            plan_hash=job.plan_hash or "",
            rho_units=job.rho_units,
            recipient_key=self.recipient.public_hex,
            nonce="0123456789abcdef" * 2,
            created_at=self.now,
            expires_at=self.now + 5 * DAY,
            session=SessionTerms(self.consortium.agreement_hash, job.is_verified),
        )
        return replace(request, **changes)

    def approval_of(self, job: Job, party: str, **changes: Any) -> str:
        word = an_approval(
            self.request_of(job),
            job.buyer,
            party=party,
            manifest_hashes=member_hashes(self.consortium.agreement_hash, self.binding_of(party)),
            created_at=self.now,
        )
        return text(sign(replace(word, **changes), by=self._agent(party)))

    def join_of(self, job: Job, party: str, **changes: Any) -> str:
        join = a_session_join(
            record_hash(self.request_of(job)),
            self.agreement,
            job=job.job,
            party=party,
            created_at=self.now,
            expires_at=self.now + DAY,
        )
        return text(sign(replace(join, **changes), by=self._agent(party)))

    def approve_of(self, job: Job, party: str, join: str | None = None) -> Job:
        """One member's approval and joining arrive."""
        joining = self.join_of(job, party) if join is None else join
        approval = self.approval_of(job, party)
        user = self.user_of(party)
        return accept_approval(self.platform, user, job.job, approval, joining, now=self.now)

    def approve(self, job: Job) -> Job:
        """Every member's."""
        for party in job.parties:
            job = self.approve_of(job, party)
        return job

    def sealed(self, question: Question = "", **form: Any) -> Job:
        """A job whose members may compute."""
        return seal_job(self.platform, self.approved(question, **form), now=self.now)

    def quote_of(self, job: Job) -> Quote:
        """Its price, derived anew."""
        plan = wire.from_json(Plan, canonical.loads(self.document(job, "plan").encode()))
        proposal = self.agreement.proposal
        lattice = member_lattice(proposal)
        return quote(lower(plan, proposal.schema), job.rho_units, proposal.policy.delta, lattice)

    def shares_of(self, job: Job, sums: Sums) -> list[tuple[Share, ...]]:
        """Every party's shares of these sums, by the outputs of the job's quote."""
        members, threshold = len(job.parties), self.agreement.proposal.threshold
        names = [output.output for output in self.quote_of(job).outputs]
        dealt = [deal(sums[name], members, threshold) for name in names]
        return [
            tuple(
                Share(name, share_text(shares[place]))
                for name, shares in zip(names, dealt, strict=True)
            )
            for place in range(members)
        ]

    def release_texts_of(
        self, job: Job, party: str, shares: tuple[Share, ...], **header: Any
    ) -> tuple[str, str]:
        """What a member's agent sends, next in its chain, with these shares sealed inside."""
        request = self.request_of(job)
        plain = EnvelopeHeader(
            receipt=f"receipt-{party[:8]}",
            job=job.job,
            request_hash=record_hash(request),
            plan_hash=request.plan_hash,
            manifest_hashes=request.manifest_hashes,
            outputs=tuple(
                OpenedOutput(one.output, one.degree, one.law, str(one.scale_squared))
                for one in self.quote_of(job).outputs
            ),
            platform_digest="",
            parameters=MEMBERS,
            agent=party,
            recipient_key=request.recipient_key,
            session=self.seal_of(job),
        )
        changed = replace(plain, **header)
        sealed = seal(
            wire.encode(SealedShares(shares, SALT)),
            recipient=changed.recipient_key,
            info=envelope_info(changed.agent, changed.recipient_key),
            aad=wire.encode(changed),
        )
        envelope = Envelope(changed, sealed)
        receipt = self.receipt_of(job, party, record_hash(envelope))
        by = self._agent(party)
        return text(sign(envelope, by=by)), text(sign(receipt, by=by))

    def receipt_of(self, job: Job, party: str, envelope_hash: str, **changes: Any) -> Receipt:
        """A member's next receipt, for this envelope."""
        sequence, previous = self.receipts.head(party)
        request = self.request_of(job)
        receipt = Receipt(
            receipt=f"receipt-{party[:8]}",
            sequence=sequence + 1,
            previous=previous,
            datasets=(receipted_member(self.agreement, self.binding_of(party)),),
            buyer=fingerprint(job.buyer),
            rho_units=job.rho_units,
            plan_commitment=plan_commitment(SALT, request.plan_hash),
            request_hash=record_hash(request),
            envelope_hash=envelope_hash,
            issued_at=self.now,
        )
        return replace(receipt, **changes)

    def release_of_member(self, job: Job, party: str, shares: tuple[Share, ...]) -> Job:
        """One member's release arrives."""
        return self.send_release(job, party, self.release_texts_of(job, party, shares))

    def send_release(self, job: Job, party: str, documents: tuple[str, str]) -> Job:
        user = self.user_of(party)
        return accept_release(self.platform, user, job.job, *documents, now=self.now)

    def release_all(self, job: Job, sums: Sums) -> Job:
        for party, shares in zip(job.parties, self.shares_of(job, sums), strict=True):
            job = self.release_of_member(job, party, shares)
        return job

    def abort(
        self,
        job: Job,
        party: str,
        *,
        accused: str = "",
        charged: bool = False,
        says: Mapping[str, Any] | None = None,
    ) -> Job:
        """One member breaks the session off; `says` changes its word."""
        said = self.abort_text(job, party, **({"accused": accused} | dict(says or {})))
        by = self._agent(party)
        receipt = text(sign(self.receipt_of(job, party, NO_ENVELOPE), by=by)) if charged else ""
        user = self.user_of(party)
        return accept_abort(self.platform, user, job.job, said, receipt, now=self.now)

    def abort_text(self, job: Job, party: str, /, accused: str = "", **changes: Any) -> str:
        """A member's word that the session broke off, as it travels."""
        word = SessionAbort(
            job=job.job,
            party=party,
            request_hash=record_hash(self.request_of(job)),
            seal=self.seal_of(job),
            stage="multiply",
            accused=accused,
            reported_by="",
            code="member-silent",
            message="Nothing came from it for 60 seconds.",
            created_at=self.now,
        )
        return text(sign(replace(word, **changes), by=self._agent(party)))

    def seal_of(self, job: Job) -> str:
        """The seal, as every member makes it."""
        texts = self.jobs.documents(job.job).by_party("join").values()
        hashed = record_hash(self.request_of(job))
        return seal_session(self.agreement, job.job, hashed, tuple(texts)).seal

    def _agent(self, party: str) -> str:
        return agent_name(self.agreement.member_of(party).organisation)


def deal(value: int, members: int, threshold: int) -> list[int]:
    """Shares of a value at the points from 1, on a random polynomial."""
    drawn = random.SystemRandom()
    rest = [drawn.randrange(PRIME) for _ in range(threshold)]
    coefficients = [value % PRIME, *rest]
    return [
        sum(c * pow(point, power, PRIME) for power, c in enumerate(coefficients)) % PRIME
        for point in range(1, members + 1)
    ]
