"""The page of backups says what the audit trail says: how old the last is, and what to run next."""

from __future__ import annotations

from world.portal_market import PortalMarket

from market.entities.people import Operator
from market.errors import Unavailable
from market.policy.operation.backups import OLD_SECONDS, as_of
from market.records.audit import Act
from market.services.audit_trail import LOOKED_AT, Deed, audited

PAGE = "/administration/backups"
DAY = 24 * 3_600


def write_down(market: PortalMarket, act: Act, after: str = "", *, fails: bool = False) -> None:
    try:
        with audited(market.platform, Operator(), Deed(act, after=after), now=market.now):
            if fails:
                raise Unavailable("disk-full", "The disk is full.", "Make room.")
    except Unavailable:
        pass


def test_a_platform_without_a_backup_is_told_to_make_one(market: PortalMarket) -> None:
    text = market.browser("ada").get(PAGE).text
    assert "No backup is known" in text
    assert "market admin backup" in text
    write_down(market, "backup-made", fails=True)
    assert "No backup is known" in market.browser("ada").get(PAGE).text


def test_a_backup_is_recent_then_read_through_then_too_old(market: PortalMarket) -> None:
    write_down(market, "backup-made")
    made_at = market.now
    text = market.browser("ada").get(PAGE).text
    assert "was not read through yet" in text
    assert "market admin verify-backup" in text
    write_down(market, "backup-verified", as_of(made_at - DAY))
    assert "was not read through yet" in market.browser("ada").get(PAGE).text
    write_down(market, "backup-verified", as_of(made_at))
    text = market.browser("ada").get(PAGE).text
    assert "was found whole" in text
    assert as_of(made_at) in text
    market.now += OLD_SECONDS + 1
    text = market.browser("ada").get(PAGE).text
    assert "more than a week old" in text
    assert "7 days ago" in text


def test_the_page_of_operations_tells_of_a_backup_that_is_missing_or_old(
    market: PortalMarket,
) -> None:
    operations = "/administration/operations"
    assert "No backup is known" in market.browser("ada").get(operations).text
    write_down(market, "backup-made")
    assert "was not read through yet" in market.browser("ada").get(operations).text
    write_down(market, "backup-verified", as_of(market.now))
    assert '/administration/backups">What to run' not in market.browser("ada").get(operations).text
    market.now += OLD_SECONDS + 1
    text = market.browser("ada").get(operations).text
    assert "more than a week old" in text
    assert "All is well" not in text


def test_how_far_back_was_looked_is_said(market: PortalMarket) -> None:
    write_down(market, "backup-made")
    for _ in range(LOOKED_AT):
        write_down(market, "limit-set")
    text = market.browser("ada").get(PAGE).text
    assert "No backup is known" in text
    assert "were looked at, since" in text
