"""The platform's parts as its use cases see them: ports, identity and waits.

What asks its database alone takes `Registers`, so that a process without a secret can ask it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from crypto.envelope import RecipientKey
from crypto.identity import SigningKey
from market.entities.limits import Limits
from market.entities.sent_program import ProgramLimits
from market.ports.appointments import Appointments
from market.ports.audit import AuditTrail
from market.ports.catalogue import Catalogue
from market.ports.consortia import Consortia
from market.ports.drafts import Drafts
from market.ports.inbox_marks import InboxMarks
from market.ports.installation import Installation
from market.ports.jobs import Jobs
from market.ports.ledger import Ledger
from market.ports.limits import OwnLimits
from market.ports.notices import Messengers, Notices
from market.ports.object_store import ObjectStore
from market.ports.openings import Openings
from market.ports.people import People
from market.ports.receipts import Receipts
from market.ports.retention import Retention
from market.ports.sent_programs import SentPrograms
from market.ports.shared_results import SharedResults
from market.ports.shared_state import Forms, Leases, Troubles
from market.ports.stages import Evaluator, PlanBuilder, Scheduler
from market.ports.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a job may wait for whom, in seconds; and how long ciphertext is kept that no job can
    be about any more, or that was sent and never published: None for ever; and for how long a
    program that was sent, since a job needed it last; and a shared result, since it was."""

    plan_seconds: int = 3_600
    request_seconds: int = 24 * 3_600
    approval_seconds: int = 7 * 24 * 3_600
    release_grace_seconds: int = 30 * 24 * 3_600
    retention_seconds: int | None = 90 * 24 * 3_600
    upload_seconds: int | None = 30 * 24 * 3_600
    program_seconds: int = 7 * 24 * 3_600
    shared_seconds: int = 90 * 24 * 3_600

    @property
    def reservation_seconds(self) -> int:
        """Longer than any job can wait: a backstop, since ending a job gives its rho back."""
        return (
            self.plan_seconds
            + self.request_seconds
            + self.approval_seconds
            + 2 * self.release_grace_seconds
        )


class Registers(Protocol):
    """Who is here, what they own and what was asked: of the platform, what its database holds."""

    @property
    def people(self) -> People: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def consortia(self) -> Consortia: ...
    @property
    def jobs(self) -> Jobs: ...


@dataclass(frozen=True, slots=True)
class Platform:
    """Every port the use cases reach, the portal's key, its randomness and its waits.

    `limits` are everybody's; `own_limits` has those of one organisation. To the first of
    `token_keys` deploy tokens are sealed; those after it open what was sealed before it was made.
    """

    people: People
    appointments: Appointments
    catalogue: Catalogue
    retention: Retention
    uploads: Uploads
    consortia: Consortia
    drafts: Drafts
    jobs: Jobs
    ledger: Ledger
    receipts: Receipts
    openings: Openings
    objects: ObjectStore
    plans: PlanBuilder
    evaluator: Evaluator
    scheduler: Scheduler
    forms: Forms
    leases: Leases
    troubles: Troubles
    installation: Installation
    audit: AuditTrail
    identity: SigningKey
    entropy: Callable[[int], bytes]
    waits: Waits
    limits: Limits
    own_limits: OwnLimits
    notices: Notices
    inbox_marks: InboxMarks
    messengers: Messengers
    sent_programs: SentPrograms
    shared_results: SharedResults
    program_limits: ProgramLimits
    token_keys: Callable[[], tuple[RecipientKey, ...]]
