"""The portal's database, open and at this release's schema."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher

from market.database.appointments.sql_appointments import SqlAppointments
from market.database.audit.sql_audit import SqlAuditTrail
from market.database.catalogue.retention import SqlRetention
from market.database.catalogue.sql_catalogue import SqlCatalogue
from market.database.catalogue.uploads import SqlUploads
from market.database.consortia.sql_consortia import SqlConsortia
from market.database.drafts.sql_drafts import SqlDrafts
from market.database.engine import Database, open_database
from market.database.inbox_marks.sql_inbox_marks import SqlInboxMarks
from market.database.jobs.sql_jobs import SqlJobs
from market.database.ledger.sql_ledger import SqlLedger
from market.database.limits.sql_limits import SqlLimits
from market.database.notices.sql_notices import SqlNotices
from market.database.openings.sql_openings import SqlOpenings
from market.database.people.passwords import PASSWORDS
from market.database.people.sql_people import SqlPeople
from market.database.receipts.sql_receipts import SqlReceipts
from market.database.revision import check_revision
from market.database.sent_programs.sql_sent_programs import SqlSentPrograms
from market.database.shared_results.sql_shared_results import SqlSharedResults
from market.database.shared_state.sql_shared_state import (
    SqlForms,
    SqlLeases,
    SqlRedeemedCodes,
    SqlTroubles,
)
from market.errors import MarketError


@dataclass(frozen=True, slots=True)
class PlatformDatabase:
    """The ports that live in one database."""

    database: Database
    people: SqlPeople
    appointments: SqlAppointments
    catalogue: SqlCatalogue
    retention: SqlRetention
    uploads: SqlUploads
    consortia: SqlConsortia
    drafts: SqlDrafts
    jobs: SqlJobs
    ledger: SqlLedger
    receipts: SqlReceipts
    openings: SqlOpenings
    audit: SqlAuditTrail
    leases: SqlLeases
    troubles: SqlTroubles
    redeemed: SqlRedeemedCodes
    forms: SqlForms
    own_limits: SqlLimits
    notices: SqlNotices
    inbox_marks: SqlInboxMarks
    sent_programs: SqlSentPrograms
    shared_results: SqlSharedResults


def open_platform_database(url: str, *, passwords: PasswordHasher = PASSWORDS) -> PlatformDatabase:
    """Open the portal's database; nothing of it is made or migrated (`migrate.bring_up_to_date`).

    Args:
        passwords: Argon2's cost; the default is for service.

    Raises:
        Refused: `database-url`; `database-version` for another schema than this release's.
        Unavailable: `database-missing` and the others of `market.database.failures`.
    """
    database = open_database(url)
    try:
        check_revision(database, "platform")
    except MarketError:
        database.close()
        raise
    return PlatformDatabase(
        database,
        SqlPeople(database, passwords),
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
