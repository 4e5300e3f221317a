"""A day at an owner's desk: a listed table with answers, one asked for by hand, two begun."""

from __future__ import annotations

from dataclasses import fields, replace

from market.desk.desk import Desk
from market.entities.draft import DraftColumn
from market.owner.drafting.declarations import (
    BegunDeclaration,
    Line,
    begin_declaration,
    keep_declaration,
)
from world.live_market import LiveMarket
from world.owners_file import ABOUT, LINES, TAKEN, written


def declared(begun: BegunDeclaration) -> BegunDeclaration:
    """What the owner of world.owners_file types, whole."""
    known = {field.name for field in fields(DraftColumn)}
    lines = tuple(
        Line(replace(line.column, **{k: v for k, v in said.items() if k in known}), place in TAKEN)
        for line, (place, said) in zip(
            begun.lines, ((str(i), one) for i, one in enumerate(LINES)), strict=True
        )
    )
    return BegunDeclaration(begun.table, replace(begun.content, **ABOUT), lines)


def fill(market: LiveMarket, desk: Desk) -> dict[str, str]:
    """The pages that are looked at, by their names."""
    market.publish()
    for _ in range(2):
        market.released()
    market.publish("admissions", access="request", agree=True)
    market.client("eve", "client").post(
        "datasets/admissions/access-requests", {"purpose": "How stays differ between winters."}
    )
    market.publish("by-hand", approval="manual")
    job = market.requested(dataset="by-hand")
    table = written(market.root)
    with desk.agent() as (home, _):
        keep_declaration(home, declared(begin_declaration(home, "stays-2024", table)))
        begin_declaration(home, "just-begun", table)
    return {
        "home": "/",
        "agent": "/agent",
        "tables": "/tables",
        "table": "/tables/of/visits",
        "new": f"/tables/new?folder={market.root}",
        "begun": "/tables/declare/just-begun",
        "declare": "/tables/declare/stays-2024",
        "publish": "/tables/publish/stays-2024",
        "terms": "/tables/terms/visits",
        "next": "/tables/next/visits",
        "requests": "/requests",
        "request": f"/requests/{job.job}",
        "grants": "/grants?dataset=admissions&user=eve",
    }
