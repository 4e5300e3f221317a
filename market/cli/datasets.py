"""dataset: what is on offer, and the owner's own."""

from __future__ import annotations

from typing import Any

import click

from crypto.identity import PublicKey
from market.cli.lazy import Lazy, LazyGroup, Leaf
from market.cli.output import Output, date
from market.cli.session import Session, pass_session
from market.client.http.pages_of import datasets_of
from market.client.verify.kept_publication import ask_dataset, keep_shown
from market.client.verify.publication import Publication
from market.plan.plural import counted
from market.plan.schema import Column, NumericColumn
from market.policy.budget.people import period_sentence, population_sentence
from market.policy.listing.encrypted_for import encrypted_for_in_words
from market.policy.listing.retention import ciphertext_in_words
from market.policy.listing.union_words import together_sentences
from market.pricing.loss import gaussian_loss_text, loss_text

_OWNER = "owner"

COMMANDS = {
    "list": Lazy("datasets:list_command", "Find datasets."),
    "show": Lazy("datasets:show", "Columns, policy and budget of one."),
    "propose": Lazy(
        "owner.publish:propose_command",
        "Propose a schema for a table: names and types only.",
        _OWNER,
    ),
    "drafts": Lazy("owner.drafts:drafts_command", "Drafts of listings in the portal.", _OWNER),
    "take-up": Lazy("owner.drafts:take_up_command", "Encrypt and list what a draft says.", _OWNER),
    "publish": Lazy("owner.publish:publish_command", "Encrypt and list a table.", _OWNER),
    "change": Lazy("owner.change:change_command", "Other terms, without its table.", _OWNER),
    "answered": Lazy("owner.answered:answered_command", "Who asked, and what it brings.", _OWNER),
    "pause": Lazy("owner.standing:pause", "Stop answering for a while.", _OWNER),
    "resume": Lazy("owner.standing:resume", "Answer again.", _OWNER),
    "withdraw": Lazy("owner.standing:withdraw", "Stop answering for good.", _OWNER),
    "drop-version": Lazy(
        "owner.drop_version:drop_version_command", "Delete an older version for good.", _OWNER
    ),
    "serve": Lazy("owner.standing:serve", "Say which older versions are answered.", _OWNER),
    "discard": Lazy(
        "owner.publish:discard_command", "Throw an unfinished publication away.", _OWNER
    ),
    "destroy-key": Lazy("owner.publish:destroy_command", "Make its ciphertext worthless.", _OWNER),
    "ask": Lazy("datasets:ask", "Ask its owner for access."),
}


@click.group("dataset", cls=LazyGroup, lazy=COMMANDS)
def dataset() -> None:
    """Datasets: encrypted tables whose owners sell answers about them."""


def _nothing(words: tuple[str, ...], narrowed: dict[str, str]) -> str:
    if narrowed:
        given = ", ".join(f"--{name} {said!r}" for name, said in narrowed.items())
        return f"No dataset is like that. Leave out {given}, or see all: market dataset list"
    if words:
        return f"No dataset holds all of: {' '.join(words)}. See all: market dataset list"
    return "No dataset is listed yet. List one: market dataset propose table.csv --dataset ID"


@click.command("list", cls=Leaf, epilog="Example: market dataset list health survey --price 5")
@click.argument("words", nargs=-1)
@click.option("--access", default="", help="open, request, invitation; or granted, to you.")
@click.option("--price", default="", help="What a job costs at most, as 2.50; 0 is free.")
@click.option("--licence", default="", help="As listings say it.")
@pass_session
def list_command(session: Session, words: tuple[str, ...], **narrowed: str) -> None:
    """List the datasets whose text holds all of WORDS; without WORDS, every dataset."""
    narrowed = {name: said for name, said in narrowed.items() if said}
    found = datasets_of(session.portal(), words=" ".join(words), **narrowed)

    def render(output: Output) -> None:
        rows = [
            (
                one["dataset"],
                one["version"],
                one["standing"],
                one["access"],
                session.money(one["price_cents"]),
                one["encrypted_for"],
                one["capacity_rows"],
                one["title"],
            )
            for one in found
        ]
        about = ("dataset", ">version", "standing", "access", ">price")
        output.table(
            (*about, "encrypted for", ">capacity", "title"), rows, empty=_nothing(words, narrowed)
        )

    session.output.show(found, render)


_LEFT = {"people": "budget left", "own": "left of your own", "nobody": "left of your own"}


@click.command("show", cls=Leaf, epilog="Example: market dataset show household-visits")
@click.argument("dataset")
@pass_session
def show(session: Session, dataset: str) -> None:
    """Show a dataset as its owner signed it: columns, policy, what is left.

    The owner sees what is left of the budget of the people in the data, a buyer of their own
    allocation.

    The signatures are verified here. The owner's key is the one pinned by `market pin owner`, or
    remembered at first sight: a dataset that is signed by another key later is refused.
    """
    answer = ask_dataset(session.portal(), dataset)
    publication = keep_shown(session.client_home, answer)
    document = {
        **answer,
        "owner_fingerprint": PublicKey.parse(publication.owner_key).fingerprint(),
        "columns": [_column(column) for column in publication.listing.schema.columns],
    }
    price = session.money(publication.listing.policy.price_cents)
    session.output.show(document, lambda output: _render(output, answer, publication, price))


def _render(output: Output, answer: dict[str, Any], publication: Publication, price: str) -> None:
    listing, policy = publication.listing, publication.listing.policy
    balance, delta = answer["balance"], policy.delta
    left = balance["cap_units"] - balance["spent_units"] - balance["reserved_units"]
    is_nobodys = balance["whose"] == "nobody"
    shown_left = "nothing: you may not ask" if is_nobodys else loss_text(max(left, 0), delta)
    total_units = policy.total_rho_units
    total = None if total_units is None else loss_text(total_units, delta)
    output.line(f"{listing.description.title} ({listing.dataset}, version {listing.version})")
    output.text(listing.description.summary)
    output.line("")
    output.fields(
        [
            ("owner", answer["organisation"]),
            ("owner's key", PublicKey.parse(publication.owner_key).fingerprint()),
            ("key agent", PublicKey.parse(publication.manifest.agent).fingerprint()),
            ("standing", answer["standing"]),
            ("access", f"{policy.access}; you {'may' if answer['entitled'] else 'may not'} ask"),
            ("approval", policy.approval),
            ("price of a job", price),
            ("statistics", ", ".join(policy.statistics)),
            ("products", "any, by recomputation" if policy.recomputation else "declared ones only"),
            ("encrypted for", encrypted_for_in_words(publication.manifest.parameters)),
            ("privacy unit", listing.schema.privacy_unit.meaning),
            ("other tables", population_sentence(listing.population)),
            *(("together", one) for one in together_sentences(listing.together, listing.dataset)),
            ("period", period_sentence(publication.manifest.epoch, total)),
            (_LEFT[balance["whose"]], shown_left),
            ("budget in all", loss_text(balance["in_all_units"], delta)),
            ("one job may cost", gaussian_loss_text(policy.job_rho_units, delta)),
            ("capacity", counted(listing.schema.capacity_rows, "row")),
            ("published", date(answer["published_at"])),
            *_changed(answer),
            *(("ciphertext", line) for line in _kept(answer)),
            ("licence", listing.description.licence),
        ]
    )
    output.line("")
    rows = [tuple(_column(column).values()) for column in listing.schema.columns]
    output.table(("column", "kind", "values", "unit", "meaning"), rows)


def _changed(answer: dict[str, Any]) -> list[tuple[str, str]]:
    if answer["changed_at"] is None:
        return []
    return [("listing changed", f"{date(answer['changed_at'])} (edition {answer['edition']})")]


def _kept(answer: dict[str, Any]) -> list[str]:
    """How long the ciphertext of each version stays."""
    return [
        f"version {one['version']}: "
        + ciphertext_in_words(
            kept_until=one["kept_until"], is_stored=one["is_stored"], dropped_at=one["dropped_at"]
        )
        for one in answer["versions"]
    ]


def _column(column: Column) -> dict[str, str]:
    return {
        "name": column.name,
        "kind": column.tag,
        "values": column.values_in_words,
        "unit": column.unit if isinstance(column, NumericColumn) else "",
        "meaning": column.meaning,
    }


@click.command("ask", cls=Leaf, epilog="Example: market dataset ask visits --purpose 'A survey'")
@click.argument("dataset")
@click.option("--purpose", required=True, help="What you want to find out; the owner reads it.")
@pass_session
def ask(session: Session, dataset: str, purpose: str) -> None:
    """Ask a dataset's owner for a grant."""
    answer = session.portal().post(f"datasets/{dataset}/access-requests", {"purpose": purpose})
    session.output.show(
        answer, lambda output: output.line(f"Asked the owner of {dataset} for access.")
    )
