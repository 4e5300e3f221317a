"""An attack: a portal shows an owner one draft to agree to, and hands out another to be signed.

The looser one has ten times the budget, lets every buyer in and asks nobody.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world.declarations import TABLE
from world.drafts import VISITS

from market.client.http.api import PortalClient
from market.errors import Refused
from market.owner.declaration.declaration_words import declaration_in_words
from market.owner.declaration.describe import read_declaration
from market.owner.drafting.take_up import Offer, take_up
from market.policy.listing.policy_templates import template_of

STRICT = template_of("strict").given_to(VISITS)
LOOSER = replace(template_of("open").given_to(VISITS), budget_epsilon="200", dataset=STRICT.dataset)


class AlteringPortal(PortalClient):
    """What was shown is handed out once; whatever is asked later is answered with the other."""

    def __init__(self, *drafts: str) -> None:
        super().__init__("http://127.0.0.1:9")
        self.drafts = list(drafts)
        self.told: list[str] = []

    def get(self, path: str, **_query: str) -> Any:
        return self._answer(path)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        assert body == {"revision": 1}
        return self._answer(path)

    def _answer(self, path: str) -> Any:
        self.told.append(path)
        draft = self.drafts.pop(0) if len(self.drafts) > 1 else self.drafts[0]
        saved = {"revision": 1, "saved_by": "olga", "saved_at": 1}
        return saved | {"draft": draft, "lacks": [], "gaps": 0}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "visits.csv"
    path.write_text(TABLE)
    return path


def test_what_was_shown_is_what_is_signed(table: Path) -> None:
    portal, shown = AlteringPortal(STRICT.document(), LOOSER.document()), list[Offer]()

    def agree(offer: Offer) -> bool:
        shown.append(offer)
        return True

    declared = read_declaration(take_up(portal, 7, table, out=None, agree=agree))
    assert len(shown) == 1
    assert declared == shown[0].declaration
    assert (declared.policy.access, declared.policy.approval) == ("invitation", "manual")


def test_looser_draft_is_shown_as_it_is_and_a_no_ends_it(table: Path) -> None:
    portal, said = AlteringPortal(LOOSER.document()), list[str]()

    def agree(offer: Offer) -> bool:
        words = declaration_in_words(offer.declaration, before=None)
        said.extend(f"{one.about}: {one.words}" for one in words)
        return False

    with pytest.raises(Refused, match="not-confirmed"):
        take_up(portal, 7, table, out=None, agree=agree)
    assert "who may ask: every buyer of the portal may ask" in said
    assert any("epsilon 200.00" in line for line in said)
    assert portal.told == ["drafts/7"]
    assert list(table.parent.iterdir()) == [table]
