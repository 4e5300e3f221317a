"""Attack: watch whether a table appears, and learn from it what one person's cell says.

The observer knows all rows but one: a column nobody else can be read in. If a single readable cell
made the difference between a listing and a refusal, the listing would be that cell.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from world.tables import categorical, declared, numeric, report, written

from market.errors import Refused
from market.owner.table.survey import findings, nobody_to_ask

DECLARATION = declared(numeric("visits"), categorical("health", ["good", "poor"]))
OTHERS = "many,unknown\n" * 99


@pytest.mark.parametrize("person", ["many,unknown", "3,unknown", "many,good", "3,good"])
def test_table_appears_or_not_whatever_one_person_says(tmp_path: Path, person: str) -> None:
    path = written(tmp_path / "t.csv", f"visits,health\n{OTHERS}{person}\n")
    found = findings(report(path, DECLARATION).encoding)
    assert [one.about for one in found] == ["visits", "health"]
    with pytest.raises(Refused) as refused:
        nobody_to_ask(found)
    assert refused.value.code == "columns-unread"
    # The refusal, which may be kept or shown, is the same as well.
    assert "99" not in str(refused.value)
