"""What a job carries: documents as canonical JSON text, each written once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from market.entities.job_states import FACTS, State

Kind = Literal[
    "plan",
    "words",
    "trace",
    "quote",
    "opening",
    "request",
    "shares",
    "seal",
    "binding",
    "approval",
    "join",
    "refusal",
    "abort",
    "envelope",
    "receipt",
]
"""
plan, quote     the plan and its price; trace: where each statistic was written
words           the plan for people (market.plan.human): made once, since lowering a plan is long
opening         what it opens of each table (market.pricing.opening)
request         the buyer's signed request
shares          the platform's shares b by output (market.records.delivery.Share list), of the data
                that a party answers for
seal            of a consortium's session, in hex (market.records.session), once all have joined
approval, refusal, envelope    of a party, signed, as received
receipt         of a party, countersigned
binding, join, abort    of a consortium's member, signed, as received: the binding in force when the
                job was planned, its joining of the session, its word on why that broke off
"""

NOBODY: Final = ""
"""The party of a document that belongs to none: it is the job's."""


@dataclass(frozen=True, slots=True)
class Document:
    """`party` is the key (hex) of the agent it speaks for, or NOBODY."""

    kind: Kind
    text: str
    party: str = NOBODY


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one job, one of each kind and party."""

    kept: tuple[Document, ...] = ()

    def find(self, kind: Kind, party: str = NOBODY) -> str | None:
        """The text of a document, None until there is one."""
        for document in self.kept:
            if (document.kind, document.party) == (kind, party):
                return document.text
        return None

    def need(self, kind: Kind, party: str = NOBODY) -> str:
        """The text of a document that a job in its state has; KeyError for a defect of ours."""
        text = self.find(kind, party)
        if text is None:
            raise KeyError(f"{kind} {party}".strip())
        return text

    def by_party(self, kind: Kind) -> dict[str, str]:
        """The texts of a kind by the key of whose they are."""
        return {each.party: each.text for each in self.kept if each.kind == kind}

    def has_all(self, kind: Kind, parties: Iterable[str]) -> bool:
        """Whether each of the parties, at least one, has given its document of this kind."""
        wanted = set(parties)
        return bool(wanted) and wanted <= set(self.by_party(kind))

    def awaits(self, party: str, parties: Iterable[str], state: State) -> bool:
        """Whether a job in this state waits for this one of its parties.

        Also where all have answered and the job stands still: a crash came between the last answer
        and the step after it, and any answer that comes again makes that step.
        """
        kind = FACTS[state].given
        return kind is not None and (self.find(kind, party) is None or self.has_all(kind, parties))

    def joined(self, *more: Document) -> Documents:
        """These and more, which are of other kinds or parties, or the same again."""
        known = {(document.kind, document.party) for document in self.kept}
        new = tuple(each for each in more if (each.kind, each.party) not in known)
        return Documents(self.kept + new)
