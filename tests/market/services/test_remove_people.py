"""Who is removed leaves what they signed, and nothing to come back by."""

from __future__ import annotations

import pytest
from world.builders import DATASET, NOW
from world.market import Market
from world.people import a_key

from market.airflow.single_sign_on.known_users import KnownUsers
from market.entities.people import Operator
from market.errors import Conflict
from market.ports.people import hash_of
from market.records.receipt import Receipt
from market.records.signed import open_signed, verify_any
from market.services.audit_trail import export_trail
from market.services.people.administer_people import remove_user


def test_signed_documents_receipts_and_trail_verify_without_their_people(market: Market) -> None:
    job = market.released()
    before = market.jobs.documents(job.job)
    for name in ("bob", "olga"):
        remove_user(market.platform, market.user("ada"), name, now=NOW)
    after = market.jobs.documents(job.job)
    assert after == before
    signed = [one.kind for one in after.kept if verify_any(one.text)]
    assert {"request", "approval", "envelope"} <= set(signed)
    published = market.platform.catalogue.dataset(DATASET)
    assert published.listing.signer == a_key("olga").public.hex
    assert market.user("olga").identity_key == published.owner_key
    agent = published.manifest.record.agent
    (receipt,) = market.receipts.chain(agent, after=0, limit=9)
    verified = open_signed(Receipt, receipt.encode(), signer=agent)
    assert verified.record.buyer == a_key("bob").public.fingerprint()
    trail, _ = export_trail(market.platform, Operator(), now=NOW)
    assert [(one.record.act, one.record.subject, one.record.before) for one in trail[-2:]] == [
        ("user-removed", "bob", "buyer"),
        ("user-removed", "olga", "owner"),
    ]


def test_their_sign_on_to_airflow_ends_at_once(market: Market) -> None:
    platform = market.platform
    session = platform.people.open_session("bob", now=NOW)
    known = KnownUsers(lambda: platform.people, lambda: platform.consortia, lambda: NOW)
    assert known.standing("bob", hash_of(session)) is not None
    remove_user(platform, market.user("ada"), "bob", now=NOW)
    assert known.standing("bob", hash_of(session)) is None
    assert known.standing("bob", "") is None


def test_form_no_longer_offers_who_was_removed(market: Market) -> None:
    remove_user(market.platform, market.user("ada"), "eve", now=NOW)
    forms = market.platform.forms.read().forms.organisations
    assert [form.organisation for form in forms] == ["north-lab"]


def test_the_last_administrator_stays_and_the_trail_says_why(market: Market) -> None:
    with pytest.raises(Conflict, match="last-administrator"):
        remove_user(market.platform, Operator(), "ada", now=NOW)
    trail, _ = export_trail(market.platform, Operator(), now=NOW)
    assert trail[-1].record.code == "last-administrator"
