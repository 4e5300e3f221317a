"""The command line asks the owner about what a table holds, and takes their word beforehand."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import pytest

from market.cli.owner.owners_word import owners_word, render_report
from market.cli.session import Session
from market.errors import Refused
from market.owner.table.survey import Finding, TableReport
from market.tables.encode import EncodingReport

FOUND = (Finding("visits", "all 7 cells are missing"), Finding("health", "of 7 cells only 0"))


def ask(accepted: Sequence[str], *, json: bool = False) -> None:
    session = Session()
    if json:
        session.use_json()
    owners_word(session, "Publish it", tuple(accepted), share_budget=False).consent(FOUND)


def test_what_was_accepted_beforehand_is_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    ask(["visits", "health"])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("json", [False, True])
def test_what_was_not_is_refused_where_nobody_can_answer(json: bool) -> None:
    with pytest.raises(Refused, match="columns-unread") as refused:
        ask(["visits"], json=json)
    assert "health" in refused.value.message
    assert "visits" not in refused.value.message


@pytest.mark.parametrize(("answer", "goes_on"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_person_at_the_terminal_decides(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    goes_on: bool,
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    if goes_on:
        ask([])
    else:
        with pytest.raises(Refused, match="not-confirmed"):
            ask([])
    seen = capsys.readouterr().err
    assert "visits: all 7 cells are missing" in seen
    assert "Publish it nevertheless?" in seen


@pytest.mark.parametrize("beyond", [0, 3])
def test_owner_is_told_what_a_table_beyond_its_capacity_means(
    capsys: pytest.CaptureFixture[str], beyond: int
) -> None:
    encoding = EncodingReport(10 + beyond, 10, 10, 0, 0, 0, beyond, (), ())
    render_report(Session().output, TableReport("UTF-8", encoding))
    said = capsys.readouterr().out
    assert f"{beyond} beyond the capacity" in said
    assert ("Declare a larger capacity_rows" in said) == bool(beyond)
