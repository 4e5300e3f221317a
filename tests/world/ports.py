"""The ports that a market keeps its records behind: in memory, or in a database."""

from __future__ import annotations

from dataclasses import dataclass

from market.database.appointments.sql_appointments import SqlAppointments
from market.database.audit.sql_audit import SqlAuditTrail
from market.database.catalogue.retention import SqlRetention
from market.database.catalogue.sql_catalogue import SqlCatalogue
from market.database.catalogue.uploads import SqlUploads
from market.database.consortia.sql_consortia import SqlConsortia
from market.database.drafts.sql_drafts import SqlDrafts
from market.database.engine import Database
from market.database.inbox_marks.sql_inbox_marks import SqlInboxMarks
from market.database.jobs.sql_jobs import SqlJobs
from market.database.ledger.sql_ledger import SqlLedger
from market.database.limits.sql_limits import SqlLimits
from market.database.notices.sql_notices import SqlNotices
from market.database.openings.sql_openings import SqlOpenings
from market.database.people.sql_people import SqlPeople
from market.database.receipts.sql_receipts import SqlReceipts
from market.database.sent_programs.sql_sent_programs import SqlSentPrograms
from market.database.shared_results.sql_shared_results import SqlSharedResults
from market.database.shared_state.sql_shared_state import (
    SqlForms,
    SqlLeases,
    SqlRedeemedCodes,
    SqlTroubles,
)
from market.ports.appointments import Appointments
from market.ports.audit import AuditTrail
from market.ports.catalogue import Catalogue
from market.ports.consortia import Consortia
from market.ports.drafts import Drafts
from market.ports.inbox_marks import InboxMarks
from market.ports.jobs import Jobs
from market.ports.ledger import Ledger
from market.ports.limits import OwnLimits
from market.ports.notices import Notices
from market.ports.openings import Openings
from market.ports.people import People
from market.ports.receipts import Receipts
from market.ports.retention import Retention
from market.ports.sent_programs import SentPrograms
from market.ports.shared_results import SharedResults
from market.ports.shared_state import Forms, Leases, RedeemedCodes, Troubles
from market.ports.uploads import Uploads
from world.memory.appointments import MemoryAppointments
from world.memory.audit import MemoryAuditTrail
from world.memory.catalogue import MemoryCatalogue
from world.memory.consortia import MemoryConsortia
from world.memory.drafts import MemoryDrafts
from world.memory.inbox_marks import MemoryInboxMarks
from world.memory.jobs import MemoryJobs
from world.memory.ledger import MemoryLedger
from world.memory.limits import MemoryLimits
from world.memory.notices import MemoryNotices
from world.memory.openings import MemoryOpenings
from world.memory.people import MemoryPeople
from world.memory.receipts import MemoryReceipts
from world.memory.retention import MemoryRetention
from world.memory.sent_programs import MemorySentPrograms
from world.memory.shared_results import MemorySharedResults
from world.memory.shared_state import (
    MemoryForms,
    MemoryLeases,
    MemoryRedeemedCodes,
    MemoryTroubles,
)
from world.memory.uploads import MemoryUploads
from world.platform_database import QUICK


@dataclass(frozen=True)
class Ports:
    """Those of market.database.platform.PlatformDatabase."""

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
    audit: AuditTrail
    leases: Leases
    troubles: Troubles
    redeemed: RedeemedCodes
    forms: Forms
    own_limits: OwnLimits
    notices: Notices
    inbox_marks: InboxMarks
    sent_programs: SentPrograms
    shared_results: SharedResults


def ports_in_memory() -> Ports:
    ledger = MemoryLedger()
    catalogue = MemoryCatalogue(ledger=ledger)
    notices, marks, shared = MemoryNotices(), MemoryInboxMarks(), MemorySharedResults()
    people = MemoryPeople((notices.forget, marks.forget, shared.forget))
    return Ports(
        people,
        MemoryAppointments(),
        catalogue,
        MemoryRetention(catalogue),
        MemoryUploads(catalogue, people),
        MemoryConsortia(ledger, catalogue.names),
        MemoryDrafts(),
        MemoryJobs(),
        ledger,
        MemoryReceipts(),
        MemoryOpenings(),
        MemoryAuditTrail(),
        MemoryLeases(),
        MemoryTroubles(),
        MemoryRedeemedCodes(),
        MemoryForms(),
        MemoryLimits(people),
        notices,
        marks,
        MemorySentPrograms(people),
        shared,
    )


def ports_in(database: Database) -> Ports:
    """Over a database that is migrated already, with passwords that no test waits for."""
    return Ports(
        SqlPeople(database, QUICK),
        SqlAppointments(database),
        SqlCatalogue(database),
        SqlRetention(database),
        SqlUploads(database),
        SqlConsortia(database),
        SqlDrafts(database),
        SqlJobs(database),
        SqlLedger(database),
        SqlReceipts(database),
        SqlOpenings(database),
        SqlAuditTrail(database),
        SqlLeases(database),
        SqlTroubles(database),
        SqlRedeemedCodes(database),
        SqlForms(database),
        SqlLimits(database),
        SqlNotices(database),
        SqlInboxMarks(database),
        SqlSentPrograms(database),
        SqlSharedResults(database),
    )
