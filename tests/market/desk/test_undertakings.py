"""Long work: it tells its steps, asks, is stopped, and ends in words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from world.desk_browser import DeskBrowser
from world.waiting import eventually

from market.desk.undertakings import Undertaking, Undertakings
from market.errors import NotFound, Refused


def begin(work: Callable[[Undertaking], str]) -> Undertaking:
    return Undertakings().begin("Encrypt visits", work, back="/tables")


def test_it_goes_on_where_the_work_says() -> None:
    def work(here: Undertaking) -> str:
        here.progress("encrypted", 3, 7)
        here.note("Two rows were left out.")
        return "/tables/visits"

    done = begin(work)
    eventually(lambda: done.state == "done")
    assert (done.path, done.notes) == ("/tables/visits", ["Two rows were left out."])
    (step,) = done.steps
    assert (step.what, step.done, step.total) == ("encrypted", 3, 7)


@pytest.mark.parametrize("says_yes", [True, False])
def test_it_waits_for_the_answer_to_what_it_asks(says_yes: bool) -> None:
    heard: list[bool] = []

    def work(here: Undertaking) -> str:
        heard.append(here.ask(["Publish it?"], "Publish"))
        return "/"

    asking = begin(work)
    eventually(lambda: asking.state == "asking")
    assert asking.question is not None
    assert asking.question.lines == ("Publish it?",)
    asking.answer(says_yes)
    eventually(lambda: asking.state == "done")
    assert heard == [says_yes]
    assert asking.question is None


def test_an_answer_that_nobody_asked_for_is_not_kept() -> None:
    undertaking = Undertaking("Encrypt visits", "/")
    undertaking.answer(True)
    asked: list[bool] = []
    undertakings = Undertakings()
    work = undertakings.begin(
        "Ask", lambda here: str(asked.append(here.ask(["?"], "Yes"))), back="/"
    )
    eventually(lambda: work.state == "asking")
    assert asked == []
    undertakings.close()


def test_stopped_while_it_asks_it_ends() -> None:
    undertakings = Undertakings()
    asking = undertakings.begin("Encrypt", lambda here: str(here.ask(["?"], "Yes")), back="/tables")
    eventually(lambda: asking.state == "asking")
    asking.stop()
    eventually(lambda: asking.state == "broken")
    assert asking.error is not None
    assert asking.error.code == "stopped"
    assert asking.path == "/tables"
    assert undertakings.under_way() == []


def test_stopped_it_ends_at_its_next_step() -> None:
    def work(here: Undertaking) -> str:
        done = 0
        while True:
            here.progress("encrypted", done, 10**9)
            done += 1

    working = begin(work)
    eventually(lambda: bool(working.steps))
    working.stop()
    eventually(lambda: working.state == "broken")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (Refused("budget-spent", "No.", "Wait."), "budget-spent"),
        (FileNotFoundError(2, "No such file or directory", "visits.csv"), "file-failed"),
        (RuntimeError("a defect"), "desk-failed"),
    ],
)
def test_a_failure_is_told_in_words(failure: Exception, code: str) -> None:
    def work(_here: Undertaking) -> str:
        raise failure

    failed = begin(work)
    eventually(lambda: failed.state == "broken")
    assert failed.error is not None
    assert failed.error.code == code


def test_work_of_an_earlier_run_is_told_to_begin_again() -> None:
    with pytest.raises(NotFound, match="Begin it again"):
        Undertakings().find("0" * 16)


def test_page_of_work_that_ended_before_it_was_opened_leads_on(browser: DeskBrowser) -> None:
    work = browser.desk.undertakings.begin("Look", lambda _here: "/keys", back="/")
    eventually(lambda: work.state == "done")
    assert browser.place(browser.get(f"/undertakings/{work.number}")) == "/keys"


@pytest.mark.parametrize(("is_doubt", "first"), [(True, "no"), (False, "yes")])
def test_button_that_stands_out_is_what_most_would_press(
    browser: DeskBrowser, is_doubt: bool, first: str
) -> None:
    def work(here: Undertaking) -> str:
        here.ask(["It does not fit."], "Publish", no="Change it", is_doubt=is_doubt)
        return "/keys"

    asking = browser.desk.undertakings.begin("Publish", work, back="/")
    eventually(lambda: asking.state == "asking")
    page = browser.get(f"/undertakings/{asking.number}").text
    (primary,) = re.findall(r'class="primary"[^>]*value="(\w+)"', page)
    assert primary == first
    assert ("Publish" in page, "Change it" in page) == (True, True)
    asking.answer(False)
