"""One table says what a state is; nothing else spells states but what moves a job between them."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from market.entities.engines import Engine, facts_of
from market.entities.job_states import (
    AGENT_STATES,
    BAD_ENDS,
    FACTS,
    STATES,
    TERMINAL,
    UNAPPROVED,
    WAY,
    State,
    answer_owed,
)

MARKET = Path(__file__).parents[3] / "market"
TABLES = {"entities/job_states.py", "entities/engines.py"}
MOVERS: dict[str, set[str]] = {
    "services/submit/repository_tokens.py": {"submitted"},
    "services/submit/submit_job.py": {"submitted"},
    "services/submit/take_in_run.py": {"refused"},
    "services/compute/plan_job.py": {"submitted", "planned"},
    "services/compute/accept_request.py": {"requested"},
    "services/compute/accept_approval.py": {"requested", "approved", "refused"},
    "services/compute/approved_job.py": {"approved"},
    "services/compute/evaluate_job.py": {"evaluated"},
    "services/compute/seal_job.py": {"evaluated"},
    "services/release/accept_abort.py": {"failed"},
    "services/release/accept_release.py": {"evaluated", "released"},
    "services/release/deliver_result.py": {"released"},
    "services/jobs/end_job.py": {"refused", "failed", "cancelled"},
    "services/operation/keep_house.py": {"expired", "failed"},
}
"""Whoever moves a job, or hands out what one state has, by the states they name."""
OTHER_MEANINGS: dict[str, set[str]] = {
    "database/ledger/errors.py": {"cancelled"},
    "database/ledger/sql_ledger.py": {"cancelled"},
    "entities/account.py": {"cancelled"},
    "policy/listing/entitlement.py": {"expired"},
    "agent/answer.py": {"approved", "released"},
    "agent/refuse.py": {"refused"},
    "agent/sessions/run.py": {"refused"},
    "airflow/scheduler.py": {"failed"},
    "reference/error_codes.py": {"refused"},
    "cli/owner/approve.py": {"approved"},
    "cli/buyer/jobs.py": {"approved", "released"},
    "client/analysis/connection.py": {"released"},
    "client/http/answers.py": {"approved", "released"},
    "demo/catalogue/story.py": {"planned"},
    "demo/consortium/asking.py": {"planned"},
    "desk/owner/view_requests.py": {"approved"},
    "desk/pages.py": {"approved", "cancelled", "refused", "submitted"},
    "desk/buyer/jobs.py": {"cancelled"},
    "desk/owner/requests.py": {"approved", "refused"},
    "desk/buyer/quote.py": {"submitted"},
    "portal/pages/page.py": {"cancelled"},
    "portal/pages/jobs.py": {"cancelled"},
}
"""Of a reservation, a grant, one of several parties, a task of Airflow, a kind of error, a line of
the log, an option of the command line, a note above a page: a new state of a job changes none."""


def words_in(path: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in STATES
    }


def test_states_are_spelled_where_jobs_are_moved_and_nowhere_else() -> None:
    spelled = {
        str(path.relative_to(MARKET)): words_in(path)
        for path in MARKET.rglob("*.py")
        if "migrations" not in path.parts
    }
    seen = {name: words for name, words in spelled.items() if words and name not in TABLES}
    assert seen == MOVERS | OTHER_MEANINGS


@pytest.mark.parametrize(
    "path",
    sorted([*MARKET.rglob("*.html"), *MARKET.rglob("*.js"), *MARKET.rglob("*.css")]),
    ids=lambda path: path.name,
)
def test_pages_spell_no_state(path: Path) -> None:
    quoted = set(re.findall(r"""["']([a-z]+)["']""", path.read_text("utf-8")))
    assert quoted.isdisjoint(STATES)


def test_every_state_has_its_facts_and_the_way_leads_to_the_release() -> None:
    assert set(FACTS) == set(STATES)
    assert (WAY[0], WAY[-1]) == ("submitted", "released")
    assert set(STATES) == {*WAY, *BAD_ENDS}
    assert {*BAD_ENDS, "released"} == TERMINAL
    assert tuple(s for s in STATES if FACTS[s].replies) == AGENT_STATES
    # What nobody has approved is the first part of the way, and may end for nothing.
    assert WAY[: len(UNAPPROVED)] == UNAPPROVED


ANSWERED: tuple[tuple[Engine, int], ...] = (("ciphertext", 1), ("ciphertext", 2), ("members", 1))
"""By which engine, and how many datasets together."""


@pytest.mark.parametrize(("engine", "asked"), ANSWERED)
@pytest.mark.parametrize("state", STATES)
def test_state_under_way_says_whom_it_waits_for_and_what_ends_its_wait(
    state: State, engine: Engine, asked: int
) -> None:
    facts = facts_of(engine, asked)[state]
    under_way = state not in TERMINAL
    assert (facts.waits_for is not None) == (facts.expiry is not None) == under_way
    assert facts.title
    assert facts.label
    assert facts.advice


@pytest.mark.parametrize(("engine", "asked"), ANSWERED)
def test_codes_and_words_of_the_states_are_their_own(engine: Engine, asked: int) -> None:
    facts = facts_of(engine, asked)
    for words in (
        [facts[s].title for s in STATES],
        [facts[s].label for s in STATES],
        [expiry.code for s in STATES if (expiry := facts[s].expiry)],
    ):
        assert len(set(words)) == len(words)


@pytest.mark.parametrize("state", STATES)
def test_engines_differ_in_words_and_in_nothing_that_happens(state: State) -> None:
    encrypted, *others = (facts_of(engine, asked)[state] for engine, asked in ANSWERED)
    for name in ("next", "tone", "goes_on", "breaks_off", "given", "replies", "is_unapproved"):
        assert {getattr(other, name) for other in others} == {getattr(encrypted, name)}


def test_answers_to_airflow_follow_from_the_moves() -> None:
    """Each wait is ended well once on the way, and broken off by a bad end before that."""
    on_the_way = [answer_owed(a, b) for a, b in pairwise(WAY)]
    waits = [answer.wait for answer in on_the_way if answer is not None]
    assert waits == ["await_signatures", "await_release"]
    assert all(answer.go_on for answer in on_the_way if answer is not None)
    for state in WAY[:-1]:
        for bad_end in BAD_ENDS:
            answer = answer_owed(state, bad_end)
            # Before the plan is there the run has not come to a wait.
            assert (answer is None) == (state == "submitted")
            assert answer is None or not answer.go_on
    assert [answer_owed(state, state) for state in WAY] == [None] * len(WAY)
