"""market.ports.drafts.Drafts, on every implementation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.builders import NOW
from world.drafts import VISITS
from world.people import BOB, OLGA, OSCAR, settle
from world.ports import Ports

from market.entities.draft import Draft, DraftColumn, DraftContent, TakenUp
from market.errors import Conflict, NotFound, Refused
from market.ports.drafts import Drafts

ODD = replace(VISITS, title='"<b>\x00\x7f\u202e', columns=(DraftColumn("ä" * 900), *VISITS.columns))


@pytest.fixture
def drafts(ports: Ports) -> Drafts:
    settle(ports.people, OLGA, OSCAR, BOB)
    return ports.drafts


def started(drafts: Drafts, content: DraftContent = VISITS, *, now: int = NOW) -> Draft:
    return drafts.add("clinics", content, by="olga", most=3, now=now)


@pytest.mark.parametrize("content", [VISITS, DraftContent(), ODD], ids=["whole", "empty", "odd"])
def test_draft_is_kept_as_it_was_typed(drafts: Drafts, content: DraftContent) -> None:
    draft = started(drafts, content)
    assert drafts.get(draft.number) == draft
    assert (draft.content, draft.revision, draft.started_by) == (content, 1, "olga")
    assert drafts.of_organisation("clinics") == [draft]
    assert drafts.of_organisation("north-lab") == []


def test_change_counts_and_the_last_one_comes_first(drafts: Drafts) -> None:
    first, second = started(drafts), started(drafts, now=NOW + 1)
    changed = replace(VISITS, title="Another")
    saved = drafts.save(first.number, changed, revision=1, by="oscar", now=NOW + 2)
    assert (saved.revision, saved.saved_by, saved.saved_at) == (2, "oscar", NOW + 2)
    assert (saved.started_by, saved.started_at) == ("olga", NOW)
    assert drafts.of_organisation("clinics") == [saved, second]


def test_second_tab_overwrites_nothing(drafts: Drafts) -> None:
    number = started(drafts).number
    kept = drafts.save(number, replace(VISITS, title="Mine"), revision=1, by="olga", now=NOW)
    with pytest.raises(Conflict, match="draft-changed"):
        drafts.save(number, replace(VISITS, title="Other"), revision=1, by="olga", now=NOW)
    assert drafts.get(number) == kept
    # What both say is said already.
    assert drafts.save(number, kept.content, revision=1, by="oscar", now=NOW + 9) == kept


def test_draft_is_taken_up_by_one_person_who_may_go_on(drafts: Drafts) -> None:
    number = started(drafts).number
    taken = drafts.take_up(number, revision=1, by="olga", now=NOW + 1)
    assert taken.taken == TakenUp("olga", NOW + 1, 1)
    assert drafts.take_up(number, revision=1, by="olga", now=NOW + 2) == taken
    with pytest.raises(Conflict, match=r"draft-taken.*olga"):
        drafts.take_up(number, revision=1, by="oscar", now=NOW + 2)
    drafts.save(number, replace(VISITS, title="New"), revision=1, by="oscar", now=NOW + 3)
    with pytest.raises(Conflict, match="draft-changed"):
        drafts.take_up(number, revision=1, by="olga", now=NOW + 4)
    again = drafts.take_up(number, revision=2, by="olga", now=NOW + 4)
    assert again.taken == TakenUp("olga", NOW + 4, 2)
    assert drafts.get(number) == again


def test_number_of_a_deleted_draft_is_nobody_elses(drafts: Drafts) -> None:
    number = started(drafts).number
    drafts.delete(number)
    for act in (drafts.get, drafts.delete):
        with pytest.raises(NotFound, match="no-draft"):
            act(number)
    with pytest.raises(NotFound, match="no-draft"):
        drafts.save(number, VISITS, revision=1, by="olga", now=NOW)
    with pytest.raises(NotFound, match="no-draft"):
        drafts.take_up(number, revision=1, by="olga", now=NOW)
    assert started(drafts).number > number


def test_organisation_has_so_many_drafts_and_no_more(drafts: Drafts) -> None:
    first = started(drafts)
    started(drafts)
    started(drafts)
    with pytest.raises(Refused, match="drafts-full"):
        started(drafts)
    drafts.add("north-lab", VISITS, by="bob", most=3, now=NOW)
    drafts.delete(first.number)
    started(drafts)
