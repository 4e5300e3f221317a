"""What a draft's page says: its fields by their names, what they lack, and its way to a listing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Literal

from market.entities.draft import DraftColumn, DraftContent
from market.pages import words
from market.pages.declaration_labels import LABELS
from market.policy.drafts.draft_gaps import Gap
from market.policy.listing.policy_templates import questions_within
from market.services.publish.read_drafts import ReadDraft, Step

STEP_BADGES: Final[dict[Step, tuple[str, str]]] = {
    "draft": ("draft", "over"),
    "complete": ("complete", "going"),
    "taken-up": ("taken up", "waiting"),
    "sent": ("being sent", "waiting"),
    "listed": ("listed", "good"),
}
"""How a step is shown: word and tone."""


@dataclass(frozen=True, slots=True)
class WayStep:
    """One step of a draft's way; `at` in unix seconds, 0 where no time is known of it."""

    title: str
    text: str
    state: Literal["", "now", "future"]
    at: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two people's drafts differ, as either has it."""

    label: str
    mine: str
    theirs: str


def sentences_by_field(gaps: tuple[Gap, ...]) -> dict[str, list[str]]:
    """What each field lacks."""
    found: dict[str, list[str]] = {}
    for gap in gaps:
        found.setdefault(gap.field, []).append(gap.sentence)
    return found


def way_of(read: ReadDraft) -> list[WayStep]:
    """From the draft to the listing: what was done by whom, and what comes next."""
    draft, taken = read.draft, read.draft.taken
    reached = list(STEP_BADGES).index(read.step)
    lacking = f"{len(read.gaps)} still missing" if read.gaps else "Nothing is missing"
    told = [
        ("Draft", f"Started by {draft.started_by}", draft.started_at),
        ("Complete", lacking, 0 if read.gaps else draft.saved_at),
        (
            "Taken up by an owner’s client",
            f"By {taken.by}, revision {taken.revision}" if taken else "Nobody yet",
            taken.at if taken else 0,
        ),
        (
            "Encrypted and sent",
            f"{words.size(read.sent_bytes)} so far" if read.sent_bytes else "",
            0,
        ),
        (
            "Signed and listed",
            f"Version {read.listed.listing.record.version}" if read.listed else "",
            read.listed.published_at if read.listed else 0,
        ),
    ]
    return [
        WayStep(title, text, _state(place, reached), at)
        for place, (title, text, at) in enumerate(told)
    ]


def _state(place: int, reached: int) -> Literal["", "now", "future"]:
    # The last step is where nothing comes next.
    if place == reached + 1 and reached < len(STEP_BADGES) - 1:
        return "now"
    return "" if place <= reached else "future"


def differences(mine: DraftContent, theirs: DraftContent) -> list[Difference]:
    """Every field in which two contents differ, the columns by their places."""
    plain = [field.name for field in fields(DraftContent) if field.name != "columns"]
    found = [
        Difference(LABELS[name], _shown(getattr(mine, name)), _shown(getattr(theirs, name)))
        for name in plain
    ]
    for place in range(max(len(mine.columns), len(theirs.columns))):
        found.append(Difference(f"Column {place + 1}", _line(mine, place), _line(theirs, place)))
    return [one for one in found if one.mine != one.theirs]


def questions_in_words(content: DraftContent) -> str:
    """How many questions the budget answers, once it can be read; else empty."""
    try:
        questions = questions_within(content.budget_epsilon.strip(), content.delta.strip())
    except (ValueError, ArithmeticError):
        return ""
    return f"about {words.count(questions)} questions at epsilon 1 in all, for ever"


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _line(content: DraftContent, place: int) -> str:
    """A column in one line; empty where there is none."""
    if place >= len(content.columns):
        return ""
    column = content.columns[place]
    texts = ((field.name, getattr(column, field.name)) for field in fields(DraftColumn))
    return "; ".join(f"{LABELS[name]} {text}" for name, text in texts if text) or "empty"
