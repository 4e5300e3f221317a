"""A consortium in words: what is signed by whom, and what comes next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from crypto.identity import PublicKey
from market.cli.output import Output
from market.client.kept.home import ClientHome
from market.client.kept.pins import find_pin, member_name
from market.entities.consortium import Consortium
from market.plan.plural import counted
from market.plan.schema import Column, NumericColumn
from market.policy.consortia.consortium_next import awaited
from market.pricing.loss import loss_text, rho_text
from market.records.agreement import Joining, must_not_collude
from market.records.consortium import Seat
from market.records.fingerprint_words import words_of
from market.records.signed import Signed

_COMPOSITIONS = {
    "union": "union: rows of different people at different members",
    "join": "join: columns about the same people at two members; the third helps",
}
_STATES = {
    "proposed": "not all have joined",
    "joined": "all have joined; not all have consented",
    "agreed": "it holds",
    "ended": "a member has left",
}


def document_of(home: ClientHome, found: Consortium) -> dict[str, Any]:
    """The consortium for programs."""
    proposal = found.proposal.record
    return {
        "consortium": found.consortium,
        "number": found.number,
        "state": found.state,
        "title": proposal.title,
        "purpose": proposal.purpose,
        "composition": proposal.composition,
        "threshold": proposal.threshold,
        "sentence": must_not_collude(proposal),
        "agreement_hash": found.agreement_hash,
        "capacity_rows": proposal.schema.capacity_rows,
        "statistics": list(proposal.policy.statistics),
        "members": [_member(home, found, seat) for seat in proposal.seats],
        "awaited": [asdict(step) for step in awaited(found)],
    }


def render_consortium(output: Output, home: ClientHome, found: Consortium) -> None:
    """The consortium for people: terms, members with their keys, and who is awaited."""
    proposal = found.proposal.record
    policy = proposal.policy
    output.line(f"{proposal.title} ({found.consortium}, agreement {found.number})")
    output.text(proposal.purpose)
    output.line("")
    fields = [
        ("state", f"{found.state}: {_STATES[found.state]}"),
        ("proposed by", proposal.proposer),
        ("composition", _COMPOSITIONS[proposal.composition]),
        ("who must not collude", must_not_collude(proposal)),
        ("statistics", ", ".join(policy.statistics)),
        ("one job may cost", loss_text(policy.job_rho_units, policy.delta)),
        ("capacity", f"{counted(proposal.schema.capacity_rows, 'row')} of all members together"),
    ]
    if proposal.composition == "join":
        charge = f"rho {rho_text(proposal.intersection_rho_units)}"
        fields.append(("each run also costs", f"{charge}, for the size of the intersection"))
    output.fields(fields)
    for place, schema in enumerate(proposal.schemas):
        output.line("")
        holders = [seat.organisation for seat in proposal.seats if seat.table == place]
        unit = schema.privacy_unit
        output.line(
            f"Table of {', '.join(holders)}: at most {schema.capacity_rows:,} rows each; private "
            f"is {unit.meaning}, with at most {unit.max_rows}"
        )
        columns = [_column(column) for column in schema.columns]
        output.table(("column", "kind", "values", "meaning"), columns)
    for seat in proposal.seats:
        output.line("")
        _render_member(output, _member(home, found, seat))
    output.line("")
    render_next(output, found)


def render_next(output: Output, found: Consortium) -> None:
    """Who is awaited, and the command with which they do it."""
    for step in awaited(found):
        output.line(f"{step.text}: {step.command}")
    if found.state == "ended":
        output.line("Its members propose the next agreement: market consortium propose.")
    if found.state != "agreed":
        return
    for seat in found.proposal.record.seats:
        if seat.table is None:
            output.line(
                f"{seat.organisation} lets its agent answer, once, with no table: "
                f"market consortium bind {found.consortium}"
            )
    if not awaited(found):
        output.line(f"It can be asked: market quote PROGRAM --dataset {found.consortium}")


def _render_member(output: Output, member: dict[str, Any]) -> None:
    data = f"table {member['table']}" if member["table"] else "without data"
    operator = ", the platform's operator" if member["is_operator"] else ""
    said = [word for word in ("joined", "consented", "bound", "left") if member[word]]
    output.line(f"{member['organisation']} ({data}{operator}): {', '.join(said) or 'invited'}")
    if member["fingerprint"]:
        how = "compared" if member["is_compared"] else "on the portal's word, not compared"
        output.line(f"  key          {how}")
        output.key(member["fingerprint"])
        output.line(f"  agent        {member['agent_fingerprint']}, {_reached(member['address'])}")
        output.line(f"  results to   {', '.join(member['recipients']) or 'nobody of theirs'}")


def _reached(address: str) -> str:
    return f"at {address}" if address else "by the platform's relay"


def _member(home: ClientHome, found: Consortium, seat: Seat) -> dict[str, Any]:
    organisation = seat.organisation
    joining = next((j for j in found.joinings if j.record.organisation == organisation), None)
    return {
        "organisation": organisation,
        "table": None if seat.table is None else seat.table + 1,
        "is_operator": seat.is_operator,
        "joined": joining is not None,
        "consented": organisation in {one.record.organisation for one in found.consents},
        "bound": joining is not None and found.binding_of(joining.record.agent) is not None,
        "left": organisation in {one.record.organisation for one in found.departures},
        **_keys(home, found.consortium, joining),
    }


def _keys(home: ClientHome, consortium: str, joining: Signed[Joining] | None) -> dict[str, Any]:
    if joining is None:
        return {"fingerprint": "", "words": "", "is_compared": False}
    fingerprint = PublicKey.parse(joining.signer).fingerprint()
    pin = find_pin(home, "member", member_name(consortium, joining.record.organisation))
    return {
        "fingerprint": fingerprint,
        "words": words_of(fingerprint),
        "is_compared": pin is not None and pin.is_compared and pin.fingerprint == fingerprint,
        "agent_fingerprint": PublicKey.parse(joining.record.agent).fingerprint(),
        "address": joining.record.address,
        "recipients": list(joining.record.recipients),
    }


def _column(column: Column) -> tuple[str, str, str, str]:
    unit = column.unit if isinstance(column, NumericColumn) else ""
    return column.name, column.tag, f"{column.values_in_words} {unit}".rstrip(), column.meaning
