"""From Python to an opened answer: the same keys, checks and homes as at the command line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from world.command_lines import CommandLines
from world.people import PASSWORD
from world.python_market import python_market, work

from market import client
from market.client.analysis.connection import Client
from market.client.analysis.listed import Job
from market.errors import NotFound, Refused

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    with python_market(tmp_path_factory.mktemp("market")) as place:
        yield place


@pytest.fixture(scope="module")
def here(place: CommandLines) -> Iterator[Client]:
    here = client.connect(place.root / "bob")
    yield here
    here.close()


def checkout(place: CommandLines, here: Client, name: str) -> Path:
    """A program of the dataset's columns, that can be fetched from where it lies."""
    folder = place.root / name
    here.new_program(folder, "visits")
    origin = ("remote", "add", "origin", folder.as_uri())
    subprocess.run(["git", "-C", str(folder), *origin], check=True)
    return folder


@pytest.fixture(scope="module")
def released(place: CommandLines, here: Client) -> Job:
    """A job that was asked from Python, to its end."""
    folder = checkout(place, here, "asked")
    job = here.submit(folder, "visits", 1)
    assert job.state == "submitted"
    work(place)
    shown: list[str] = []
    planned = here.wait(job, until="planned", timeout_seconds=5)
    signed = here.sign(planned, lambda words: not shown.append(words), checkout=folder)
    assert signed.job == job.job
    assert "doctor" in shown[0]
    assert planned.commit in shown[0]
    work(place)
    return here.wait(job, timeout_seconds=5)


def test_datasets_are_found_by_their_words(here: Client) -> None:
    assert [one.dataset for one in here.datasets("doctor")] == ["visits"]
    assert len(here.datasets("nothing of this kind")) == 0
    assert "No dataset" in here.datasets("nothing of this kind")._repr_html_()
    assert "Doctor visits" in here.datasets()._repr_html_()
    assert list(here.datasets().frame()["version"]) == [1]


def test_dataset_is_as_its_owner_signed_it(here: Client) -> None:
    dataset = here.dataset("visits")
    assert dataset.entitled
    assert list(dataset.columns["name"]) == ["visits", "health"]
    assert "Visits to a doctor" in dataset._repr_html_()


def test_quote_tells_errors_before_anything_is_spent(place: CommandLines, here: Client) -> None:
    folder = checkout(place, here, "quoted")
    quote = here.quote(folder, "visits", 1)
    assert quote.price_cents == 1250
    assert (quote.errors["error"] > 0).all()
    assert "12.50 EUR" in quote._repr_html_()
    assert "12.50 EUR" in here.dataset("visits")._repr_html_()
    assert "12.50 EUR" in here.datasets()._repr_html_()
    larger = here.quote(folder, "visits", "0.5")
    assert (larger.errors["error"] > quote.errors["error"]).all()


def test_opened_answers_are_frames_with_intervals(here: Client, released: Job) -> None:
    result = here.open(released)
    assert len(result) > 0
    for name in result:
        frame = result[name]
        assert list(frame.columns) == ["value", "low", "high", "error", "note"]
        known = frame.dropna(subset=["value"])
        assert (known["low"] <= known["value"]).all()
        assert (known["value"] <= known["high"]).all()
    assert result.job in result._repr_html_()


def test_result_is_drawn_and_written(here: Client, released: Job, tmp_path: Path) -> None:
    result = here.open(released)
    plot = result.plot(next(iter(result)))
    assert plot.svg("dark") != plot.svg("light")
    assert plot._repr_html_().count("data:image/svg+xml") == 2
    (page,) = result.export("html", tmp_path)
    assert released.job in page.read_text()


def test_result_opens_again_without_the_portal(
    place: CommandLines, here: Client, released: Job, tmp_path: Path
) -> None:
    before = dict(here.open(released))
    away = client.connect(place.root / "bob")
    away.close()
    away._portal.url = "http://127.0.0.1:9"
    again = away.open(released.job)
    assert all(again[name].equals(frame) for name, frame in before.items())


def test_nothing_is_signed_without_a_yes(place: CommandLines, here: Client) -> None:
    folder = checkout(place, here, "unsigned")
    job = here.submit(folder, "visits", "0.2")
    work(place)
    with pytest.raises(Refused) as refused:
        here.sign(job, lambda _words: False, checkout=folder)
    assert refused.value.code == "not-confirmed"
    # What is not a plain yes is none.
    with pytest.raises(Refused):
        here.sign(job, lambda _words: "no", checkout=folder)  # type: ignore[arg-type,return-value]
    assert here.job(job).state == "planned"
    assert here.cancel(job).state == "cancelled"


def test_wait_for_a_job_that_ended_otherwise_tells_its_code(
    place: CommandLines, here: Client
) -> None:
    job = here.submit(checkout(place, here, "ended"), "visits", "0.2")
    work(place)
    here.cancel(job)
    with pytest.raises(Refused) as refused:
        here.wait(job)
    assert refused.value.code == here.job(job).code


def test_result_is_shared_seen_and_taken_back(
    place: CommandLines, here: Client, released: Job
) -> None:
    who = ("admin", "user", "bea", "--organisation", "acme", "--name", "Bea", "--role", "buyer")
    place.done("platform", *who, given=PASSWORD)
    place.done("bea", "keys", "new")
    place.done("bea", "login", place.words["url"], "--user", "bea", given=PASSWORD)
    place.done("bea", "keys", "register")
    words = json.loads(place.done("bea", "keys", "show", "--json").stdout)["words"]
    job = released.job
    here.open(job)
    assert here.shared().empty
    with pytest.raises(Refused, match="not-compared"):
        here.share(job, "bea", lambda _user: "")
    here.share(job, "bea", lambda _user: words)
    here.share(job, "bea", lambda _user: pytest.fail("compared before"))
    there = client.connect(place.root / "bea")
    (line,) = there.shared().itertuples()
    assert (line.job, line.sharer, line.opened) == (job, "bob", False)
    assert "shares the result" in there.inbox()["text"].iloc[0]
    assert there.open(job).document == here.open(job).document
    assert bool(there.shared()["opened"].iloc[0])
    here.withdraw(job, "bea")
    assert there.shared()["withdrawn_at"].notna().all()
    there.withdraw(job, "bea")
    assert there.shared().empty
    there.close()


def test_names_are_completed(here: Client, released: Job) -> None:
    assert {"connect", "Result", "ask"} <= set(dir(client))
    assert {"submit", "share", "compare"} <= set(dir(here))
    result = here.open(released)
    assert result._ipython_key_completions_() == list(result)


def test_unknown_names_are_told(here: Client, released: Job) -> None:
    with pytest.raises(NotFound) as missing:
        here.open(released)["nothing"]
    assert missing.value.code == "no-answer"


def test_results_compare_as_a_frame(place: CommandLines, here: Client, released: Job) -> None:
    result = place.root / "bob" / "jobs" / released.job / "result.json"
    other = "job-0123456789ab"
    here.open(released)
    copied = json.loads(result.read_text()) | {"job": other}
    here._home.write_job(other, "result.json", json.dumps(copied).encode())
    frame = here.compare(released, other)
    assert isinstance(frame.index, pd.MultiIndex)
    assert not frame["", "differs"].any()
    assert (frame[released.job, "value"] == frame[other, "value"]).all()


def test_sign_in_from_python(place: CommandLines, tmp_path: Path) -> None:
    place.done("bob", "whoami")
    url = place.words["url"]
    there = client.connect(tmp_path / "new", url=url, user="bob", password=lambda: PASSWORD)
    assert [one.dataset for one in there.datasets()] == ["visits"]
    there.close()
