"""Consortia, to their members alone: the list, and each one's dashboard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from market.airflow.addresses import consortium_page
from market.entities.engines import facts_of
from market.pages.columns import column_rows, values_note
from market.portal.access import PlatformHere, Reader, SettingsHere
from market.portal.pages.page import page
from market.portal.views import consortium as view_consortium
from market.services.consortia.read_consortium import list_consortia
from market.services.consortia.read_dashboard import read_dashboard
from market.services.read_names import names_of

router = APIRouter(include_in_schema=False)


@router.get("/consortia")
def consortia(request: Request, platform: PlatformHere, user: Reader) -> Response:
    """The consortia in which the reader's organisation has a seat, each with what it waits for."""
    cards = [
        (found, view_consortium.awaited(found), view_consortium.member_rows(found))
        for found in list_consortia(platform, user)
    ]
    seated = {member.organisation for _, _, members in cards for member in members}
    return page(
        request,
        "consortia.html",
        user=user,
        cards=cards,
        states=view_consortium.STATES,
        names=names_of(platform, organisations={user.organisation, *seated}),
    )


@router.get("/consortia/{consortium}")
def one(
    request: Request,
    consortium: str,
    platform: PlatformHere,
    settings: SettingsHere,
    user: Reader,
    number: Annotated[int | None, Query(ge=1, le=10**9)] = None,
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """One agreement: members and their keys, what it waits for, the joint table, budgets, runs."""
    read = read_dashboard(platform, user, consortium, number, after=after)
    found = read.consortium
    proposal = found.proposal.record
    return page(
        request,
        "consortium.html",
        user=user,
        consortium=found,
        proposal=proposal,
        newest=read.newest,
        own=read.own,
        members=view_consortium.member_rows(found),
        awaited=view_consortium.awaited(found),
        sentence=view_consortium.sentence_of(found),
        composition=view_consortium.COMPOSITIONS[proposal.composition],
        terms=view_consortium.terms_of(found, settings.currency),
        bar=view_consortium.own_budget(read.balance, proposal.policy.delta),
        columns=column_rows(proposal.schema),
        values_note=values_note(proposal.schema),
        recipients=read.recipients,
        names=read.names,
        runs=read.runs,
        older=read.older,
        job_states=facts_of("members"),
        states=view_consortium.STATES,
        tones=view_consortium.TONES,
        may_ask=bool({"buyer", "owner"}.intersection(user.roles)),
        airflow_page=consortium_page(found.consortium, found.number),
    )
