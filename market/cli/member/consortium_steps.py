"""consortium propose, join, consent, bind, leave: what a member signs, and what they read first."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from market import wire
from market.cli.lazy import Leaf
from market.cli.member.consortium_text import document_of, render_consortium, render_next
from market.cli.output import Output
from market.cli.owner.own_home import agent_home_option, open_agent_home, opened_agent
from market.cli.owner.owners_word import owners_word, render_report
from market.cli.session import Session, ask_line, confirm, now, pass_session
from market.client.kept.pins import check_pin, key_malformed, member_name, pin_compared
from market.client.verify.consortium import holding_agreement, not_compared, shown_consortium
from market.entities.consortium import Consortium
from market.owner.consortium.bind_table import Bound, bind
from market.owner.consortium.declare_consortium import read_terms
from market.owner.consortium.membership import MemberClient, Seating, consent, join, leave, propose
from market.owner.owner import Owner
from market.owner.publish.settle_table import Files
from market.policy.consortia.consortium import agreement_of
from market.records.fingerprint_words import fingerprint_of

_YES = click.option("--yes", is_flag=True, help="Do not ask again.")


@click.command("propose", cls=Leaf, epilog="Example: market consortium propose three-clinics.toml")
@click.argument("declaration", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_session
def propose_command(session: Session, declaration: Path) -> None:
    """Propose the consortium that DECLARATION describes; its organisations find it in their inbox.

    \b
    consortium, title, purpose
    composition    "union" (rows of different people) or "join" (columns of the same people)
    [[members]]    organisation; table = 1, which of the [[tables]] is theirs: left out, they
                   compute without data; operator = true: they run the platform
    [[tables]]     capacity_rows, products, columns, [tables.privacy_unit], as in dataset.toml:
                   one for a union, two for a join
    [policy]       job_epsilon, delta, statistics, approval; of a join intersection_epsilon

    Three to nine members; of a join three, one of them without data. After an agreement has ended,
    the same command proposes the next one. You take your own seat, too: market consortium join.
    """
    terms = read_terms(declaration)
    found = propose(_client(session), terms, now=now())
    _show(session, found, f"Proposed {found.consortium}, agreement {found.number}.")


@click.command("join", cls=Leaf, epilog="Example: market consortium join three-clinics")
@click.argument("name")
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    metavar="FINGERPRINT",
    help="To whom results may be sealed; again for more. None: you.",
)
@click.option("--no-recipient", is_flag=True, help="Nobody of yours receives results.")
@click.option(
    "--address",
    default="",
    metavar="HOST",
    help="Where other members' agents reach yours; else all goes by the platform's relay.",
)
@agent_home_option
@_YES
@pass_session
def join_command(
    session: Session,
    name: str,
    recipients: tuple[str, ...],
    no_recipient: bool,
    address: str,
    agent_home: Path | None,
    yes: bool,
) -> None:
    """Take your organisation's seat in NAME, with your key and your agent.

    Nothing is computed before all have joined and each has consented to the whole. The first of
    your organisation to join holds the seat. Your agent is appointed, if you had none.
    """
    client = _client(session)
    found = shown_consortium(client.home, client.portal, name)
    if not session.output.is_json:
        render_consortium(session.output, client.home, found)
    confirm(session, f"Take your seat in {name}?", yes=yes)
    own = () if no_recipient else (client.identity.public.fingerprint(),)
    seating = Seating(
        open_agent_home(session.agent_home_path(agent_home)).public_keys(),
        address,
        tuple(map(_fingerprint, recipients)) or own,
    )
    found = join(client, found, seating, now=now())
    _show(session, found, f"Joined {name}.")


@click.command("consent", cls=Leaf, epilog="Example: market consortium consent three-clinics")
@click.argument("name")
@_YES
@pass_session
def consent_command(session: Session, name: str, yes: bool) -> None:
    """Consent to the agreement of NAME: its members, their keys, its terms, its sentence.

    The portal says who has joined, and could have put itself in anybody's place. So each member's
    words are asked for, as they read them out to you (`market keys show` at theirs), by telephone
    or face to face; four letters of a word are enough. `market pin member` takes them beforehand.
    """
    client = _client(session)
    found = shown_consortium(client.home, client.portal, name)
    agreement_of(found)
    _compare(client, found)
    if not session.output.is_json:
        render_consortium(session.output, client.home, found)
    confirm(session, "Consent to all of this?", yes=yes)
    found = consent(client, found, now=now())
    _show(session, found, f"Consented to {name}, agreement {found.number}.")


@click.command(
    "bind", cls=Leaf, epilog="Example: market consortium bind three-clinics dataset.toml visits.csv"
)
@click.argument("name")
@click.argument("declaration", required=False, type=click.Path(exists=True, path_type=Path))
@click.argument("table", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--accept",
    multiple=True,
    metavar="COLUMN",
    help='Bind though hardly a cell of COLUMN can be read, or no row is kept ("rows").',
)
@click.option(
    "--share-budget",
    is_flag=True,
    help="Agree that it shares the budget of your other tables; else you are asked.",
)
@agent_home_option
@pass_session
def bind_command(
    session: Session,
    name: str,
    declaration: Path | None,
    table: Path | None,
    accept: tuple[str, ...],
    share_budget: bool,
    agent_home: Path | None,
) -> None:
    """Let your agent answer for you in NAME, with TABLE as DECLARATION describes it.

    The table stays where it is: the agent reads it there for each run, and refuses when the file
    has changed; bind it again then. Only your signed word leaves: the agreed schema's digest, your
    policy, and whose budget is charged, which is that of your other tables, too. A member without
    data gives neither DECLARATION nor TABLE.
    """
    client = _client(session)
    holding = holding_agreement(client.home, client.portal, name)
    _compare(client, holding.consortium)
    files = None if declaration is None or table is None else Files(declaration, table)
    if files is None and declaration is not None:
        raise click.UsageError("DECLARATION needs a TABLE.")
    with opened_agent(session, agent_home) as (home, store):
        done = bind(
            client.portal,
            Owner(client.identity, home, store),
            holding.consortium,
            files,
            word=owners_word(session, "Bind it", accept, share_budget=share_budget),
            now=now(),
            entropy=secrets.token_bytes,
        )
    report = None if done.report is None else wire.to_json(done.report)
    document = {
        "consortium": done.consortium,
        "number": done.number,
        "version": done.version,
        "report": report,
    }
    session.output.show(document, lambda output: _render_bound(output, done))


@click.command("leave", cls=Leaf, epilog="Example: market consortium leave three-clinics")
@click.argument("name")
@agent_home_option
@_YES
@pass_session
def leave_command(session: Session, name: str, agent_home: Path | None, yes: bool) -> None:
    """Leave NAME: its agreement ends, for all. Runs that wait under it end; what was spent stays.

    Your agent has the word first: run it where the agent's home is. The others can replace you by
    a new agreement alone, which is another one to consent to.
    """
    client = _client(session)
    found = shown_consortium(client.home, client.portal, name)
    confirm(session, f"Leave {name}, and end agreement {found.number} for all?", yes=yes)
    home = open_agent_home(session.agent_home_path(agent_home))
    found = leave(client, home, found, now=now())
    _show(session, found, f"Left {name}: agreement {found.number} has ended.")


def _client(session: Session) -> MemberClient:
    return MemberClient(session.client_home, session.keyring.identity(), session.portal())


def _compare(client: MemberClient, found: Consortium) -> None:
    """Ask for the words of every member whose key nobody has compared; they must be the key's."""
    keys = {joining.record.organisation: joining.signer for joining in found.joinings}
    for organisation in not_compared(client.home, found, own_key=client.identity.public.hex):
        typed = _fingerprint(ask_line(f"Words of {organisation}, as they read them out to you"))
        name = member_name(found.consortium, organisation)
        pin_compared(client.home, "member", name, typed, may_replace=False)
        check_pin(client.home, "member", name, keys[organisation])


def _fingerprint(text: str) -> str:
    try:
        return fingerprint_of(text)
    except ValueError as error:
        raise key_malformed(error) from error


def _show(session: Session, found: Consortium, done: str) -> None:
    def render(output: Output) -> None:
        output.line(done)
        render_next(output, found)

    session.output.show(document_of(session.client_home, found), render)


def _render_bound(output: Output, done: Bound) -> None:
    if done.version:
        output.line(f"Bound your table to {done.consortium}, agreement {done.number}.")
    else:
        output.line(f"Your agent answers in {done.consortium}, agreement {done.number}.")
    if done.report is not None:
        output.line("")
        render_report(output, done.report)
    output.line("Next: market agent run, on the machine that keeps the agent.")
