"""A filter of jobs is read as it was written, or refused in words."""

from __future__ import annotations

import pytest

from market.entities.job_states import STATES, TERMINAL
from market.errors import Refused
from market.policy.finding.job_filter import UNDER_WAY, JobFilter, read_job_filter, state_choices
from market.policy.submission.commit import subject_line


def test_nothing_written_asks_nothing() -> None:
    wanted = read_job_filter(JobFilter(), None)
    assert (wanted.states, wanted.askers, wanted.since, wanted.words) == ((), None, None, ())
    assert JobFilter().query() == {}


def test_states_are_one_or_all_under_way() -> None:
    assert read_job_filter(JobFilter(state=STATES[1]), None).states == (STATES[1],)
    under_way = read_job_filter(JobFilter(state=UNDER_WAY), None).states
    assert set(under_way) == set(STATES) - TERMINAL
    assert [one for one, _ in state_choices()] == [UNDER_WAY, *STATES]


def test_days_are_whole_and_words_are_lower_case() -> None:
    written = JobFilter(since="2027-01-31", until="2027-01-31", words=" Length  of STAY ")
    wanted = read_job_filter(written, frozenset({"bob"}))
    assert wanted.since is not None
    assert wanted.until == wanted.since + 86_399
    assert wanted.words == ("length", "of", "stay")
    assert written.query()["since"] == "2027-01-31"


@pytest.mark.parametrize("written", [JobFilter(state="gone"), JobFilter(since="31.1.2027")])
def test_what_is_no_state_or_day_is_refused(written: JobFilter) -> None:
    with pytest.raises(Refused, match="filter-malformed"):
        read_job_filter(written, None)


def test_a_subject_is_one_printable_line() -> None:
    assert subject_line("Ask\tfor\x1b[31m ages\u202e ") == "Ask for [31m ages"
    assert subject_line("a" * 121) == "a" * 119 + "…"
    assert subject_line("") == ""
