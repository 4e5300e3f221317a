"""A buyer at their desk, from a dataset to an opened answer: real portal, sandbox and agent."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from world.buyers_place import answer, buyers_place, ended, plan
from world.command_lines import CommandLines
from world.desk_browser import DeskBrowser
from world.live_market import forge_in
from world.people import PASSWORD
from world.waiting import eventually

from market.adapters.sandbox.tools import find_tools
from market.client.questions.own_programs import digest_of
from market.client.questions.repository import describe_checkout
from market.policy.submission.submission import Submission

pytestmark = pytest.mark.processes

_PROGRAM = re.compile(r"/programs/[0-9a-f]{16}")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    with buyers_place(tmp_path_factory.mktemp("market")) as place:
        yield place


@pytest.fixture(scope="module")
def bob(place: CommandLines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskBrowser]:
    """Bob at a desk, with a new key and signed in."""
    browser = DeskBrowser.at(tmp_path_factory.mktemp("bob"))
    browser.post("/keys/new", page="/keys", passphrase="", again="")
    given = {"url": place.words["url"], "user": "bob", "password": PASSWORD, "words": ""}
    assert browser.place(browser.post("/sign-in", page="/sign-in", **given)).startswith("/?done")
    yield browser
    browser.desk.close()


def started(bob: DeskBrowser, folder: Path) -> str:
    """The page of a new program for `visits`."""
    made = bob.post("/programs/new", page="/programs", dataset="visits", new=str(folder))
    found = _PROGRAM.match(bob.place(made))
    assert found is not None
    return found[0]


def with_origin(folder: Path) -> None:
    """The checkout is its own remote: what it holds can be fetched."""
    git = ["git", "-C", str(folder), "remote", "add", "origin", folder.as_uri()]
    subprocess.run(git, check=True)


def test_from_a_dataset_to_an_opened_answer(
    place: CommandLines, bob: DeskBrowser, tmp_path: Path
) -> None:
    folder = tmp_path / "my-question"
    program = started(bob, folder)
    with_origin(folder)
    assert "ds.count()" in bob.get(program).text

    rehearsing = bob.place(bob.post(f"{program}/rehearse", page=program))
    shown = bob.get(ended(bob, rehearsing)).text
    assert "All of this is made up" in shown
    assert "rows" in shown

    pricing = bob.place(bob.post(f"{program}/price", page=program))
    quote = ended(bob, pricing)
    priced = bob.get(quote).text
    assert "Submit at epsilon" in priced
    assert "12.50 EUR" in priced
    assert "Errors at epsilon 2" in bob.get(f"{quote}/at?epsilon=2.0").text
    asked = bob.post(f"{program}/submit", page=quote, epsilon="2")
    job = bob.place(asked).partition("?")[0]
    again = bob.post(f"{program}/submit", page=quote, epsilon="2")
    assert bob.place(again).partition("?")[0] == job, "a second click asks nothing more"
    assert "Building the plan" in bob.get(job).text

    name = job.rpartition("/")[2]
    plan(place, name)
    assert "waits for your signature" in bob.get(job).text
    reviewing = bob.place(bob.post(f"{job}/review", page=job))
    reading = ended(bob, reviewing)
    text = bob.get(reading).text
    assert "byte for byte" in text
    assert "12.50 EUR" in text
    assert bob.place(bob.post(f"{job}/sign", page=reading)) == f"{job}?done=signed"

    answer(place, name)
    seen_from_another_home(bob, job, tmp_path / "elsewhere")
    opening = bob.place(bob.post(f"{job}/open", page=job))
    result = ended(bob, opening)
    opened = bob.get(result).text
    assert "verified here" in opened
    assert "95 % interval" in opened
    assert name in bob.get("/results").text
    assert bob.get(f"{result}/export/json").json()["job"] == name
    assert "health_levels" in bob.get(f"{result}/export/csv").text
    assert "data:image" in bob.get(f"{result}/export/html").text
    assert bob.get(f"{result}/export/exe").status_code == 422
    read_offline(bob, result)


def seen_from_another_home(bob: DeskBrowser, job: str, root: Path) -> None:
    """The same person on another machine, without the keys that the answer is sealed to."""
    other = DeskBrowser.at(root)
    other.desk.client.save_account(bob.desk.client.account())
    shown = other.get(job).text
    assert "Open it where it was signed" in shown
    assert f"{job}/open" not in shown
    other.desk.close()


def read_offline(bob: DeskBrowser, result: str) -> None:
    """The same page with its charts, when the portal's address leads nowhere."""
    account = bob.desk.client.account()
    bob.desk.client.save_account(replace(account, url="http://127.0.0.1:9"))
    try:
        assert result in bob.get("/results").text
        opened = bob.get(result).text
        assert "verified here" in opened
        charts = set(re.findall(r"/results/job-\w+/chart/\d+-\w+\.\w+", opened))
        assert len(charts) == 4, "light and dark, for pages and for papers"
        assert {bob.get(chart).status_code for chart in charts} == {200}
        assert bob.get(f"{result}/chart/99-light.svg").status_code == 404
        away = bob.get("/jobs")
        assert away.status_code == 503
        assert "portal" in away.text
    finally:
        bob.desk.client.save_account(account)


def test_a_number_that_is_no_epsilon_is_told_beside_the_field(
    bob: DeskBrowser, tmp_path: Path
) -> None:
    program = started(bob, tmp_path / "priced")
    quote = ended(bob, bob.place(bob.post(f"{program}/price", page=program)))
    for typed in ("much", "0", "-1", "1e9", "25"):
        shown = bob.get(f"{quote}?epsilon={typed}")
        assert shown.status_code == 200
        assert 'role="alert"' in shown.text, typed
        assert "Submit at epsilon" not in shown.text


def test_what_was_not_committed_is_not_submitted(bob: DeskBrowser, tmp_path: Path) -> None:
    folder = tmp_path / "uncommitted"
    program = started(bob, folder)
    quote = ended(bob, bob.place(bob.post(f"{program}/price", page=program)))
    (folder / "job.py").write_text((folder / "job.py").read_text() + "# more\n")
    assert "changed since it was priced" in bob.get(quote).text
    changed = bob.post(f"{program}/submit", page=program, epsilon="1")
    assert "Save the program" in changed.text


def test_a_program_is_changed_here_and_committed(bob: DeskBrowser, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    program = started(bob, folder)
    before = describe_checkout(folder).commit
    seen = digest_of((folder / "job.py").read_text())
    text = 'def build(ds):\r\n    return {"rows": ds.count()}\r\n'
    saved = bob.post(f"{program}/save", page=program, text=text, seen=seen)
    assert bob.place(saved) == f"{program}?done=program-saved"
    after = describe_checkout(folder)
    assert after.commit != before
    assert not after.is_changed
    assert (folder / "job.py").read_text() == text.replace("\r\n", "\n")


def test_of_two_tabs_the_later_one_loses_nothing(bob: DeskBrowser, tmp_path: Path) -> None:
    folder = tmp_path / "two-tabs"
    program = started(bob, folder)
    (folder / "job.py").write_text("def build(ds): ...\n")
    late = bob.post(f"{program}/save", page=program, text="mine, typed at length", seen="0" * 64)
    assert late.status_code == 422
    assert "mine, typed at length" in late.text
    assert (folder / "job.py").read_text() == "def build(ds): ...\n"


def test_what_the_program_may_not_is_said_with_file_and_rule(
    bob: DeskBrowser, tmp_path: Path
) -> None:
    folder = tmp_path / "wrong"
    program = started(bob, folder)
    (folder / "job.py").write_text('def build(ds):\n    return {"a": ds["nothing"].mean()}\n')
    begun = bob.place(bob.post(f"{program}/rehearse", page=program))
    work = bob.desk.undertakings.find(begun.rpartition("/")[2])
    eventually(lambda: work.state == "broken")
    assert "has no column" in bob.get(begun).text


def test_without_the_sandbox_the_page_says_what_is_missing_and_what_may_be_done(
    bob: DeskBrowser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine with git, and without bubblewrap."""
    program = started(bob, tmp_path / "unsandboxed")
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("git", "setpriv", "prlimit"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(tools))
    find_tools.cache_clear()
    try:
        begun = bob.place(bob.post(f"{program}/rehearse", page=program))
        work = bob.desk.undertakings.find(begun.rpartition("/")[2])
        eventually(lambda: work.state == "broken")
        assert work.error is not None
        assert work.error.code == "sandbox-missing"
        told = bob.get(begun).text
        assert "bubblewrap" in told
        assert "unsandboxed" in told
        again = bob.post(f"{program}/rehearse", page=program, unsandboxed="yes")
        assert "All of this is made up" in bob.get(ended(bob, bob.place(again))).text
    finally:
        find_tools.cache_clear()


def test_a_job_from_elsewhere_is_built_once_its_program_is_named(
    place: CommandLines, bob: DeskBrowser, tmp_path: Path
) -> None:
    """The platform's word for the commit is compared with the person's before anything is run."""
    folder = tmp_path / "elsewhere"
    program = started(bob, folder)
    with_origin(folder)
    checkout = describe_checkout(folder)
    portal = bob.desk.portal()
    asked = Submission(checkout.origin, checkout.commit, "visits", "1").to_json()
    name = portal.post("jobs", asked)["job"]
    plan(place, name)
    page = f"/jobs/{name}"
    unnamed = bob.post(f"{page}/review", page=page)
    assert unnamed.status_code == 422
    assert "nobody here has said" in unnamed.text
    other = {"repository": checkout.origin, "commit": "0" * 40}
    differs = bob.post(f"{page}/review", page=page, **other)
    assert differs.status_code == 422
    assert "Nothing was fetched or run" in differs.text
    assert "0" * 40 in differs.text, "what was typed stays"
    number = program.rpartition("/")[2]
    reviewing = bob.place(bob.post(f"{page}/review", page=page, program=number))
    assert "byte for byte" in bob.get(ended(bob, reviewing)).text
    back = bob.post(f"{page}/cancel", page=page)
    assert bob.place(back) == f"{page}?done=cancelled"
    assert "cancelled" in bob.get(page).text


def test_a_program_that_gives_another_plan_here_is_not_signed(
    place: CommandLines, bob: DeskBrowser, tmp_path: Path
) -> None:
    """A platform that shows another plan than the commit gives."""
    folder = tmp_path / "another-plan"
    program = started(bob, folder)
    with_origin(folder)
    quote = ended(bob, bob.place(bob.post(f"{program}/price", page=program)))
    asked = bob.post(f"{program}/submit", page=quote, epsilon="1")
    page = bob.place(asked).partition("?")[0]
    name = page.rpartition("/")[2]
    planned = plan(place, name)
    jobs = place.platform.jobs
    text = jobs.documents(name).find("plan")
    assert text is not None
    altered = text.replace('"rows"', '"many"', 1)
    assert altered != text
    forge_in(place.platform, planned, plan=altered)
    begun = bob.place(bob.post(f"{page}/review", page=page))
    work = bob.desk.undertakings.find(begun.rpartition("/")[2])
    eventually(lambda: work.state == "broken")
    assert work.error is not None
    assert work.error.code == "plan-differs"
    assert bob.place(bob.get(f"{page}/sign")) == page


TOKEN = "glpat-a-token-that-is-nowhere-else"


def test_of_a_private_repository_the_token_goes_to_the_platform_alone(
    place: CommandLines, bob: DeskBrowser, tmp_path: Path
) -> None:
    """It is sealed there, and signing needs neither it nor the repository again."""
    folder = tmp_path / "private"
    program = started(bob, folder)
    quote = ended(bob, bob.place(bob.post(f"{program}/price", page=program)))
    given = {"repository": folder.as_uri(), "token": TOKEN, "epsilon": "1"}
    page = bob.place(bob.post(f"{program}/submit", page=quote, **given)).partition("?")[0]
    name = page.rpartition("/")[2]
    assert place.platform.jobs.get(name).repository == folder.as_uri()
    sealed = place.platform.sent_programs.token(name)
    assert sealed
    assert TOKEN not in sealed
    plan(place, name)
    folder.rename(tmp_path / "moved")
    reading = ended(bob, bob.place(bob.post(f"{page}/review", page=page)))
    assert "byte for byte" in bob.get(reading).text
    told = [bob.get(where).text for where in (page, quote, reading)]
    assert not any(TOKEN in text for text in told)
    kept = [path for path in bob.desk.client.path.rglob("*") if path.is_file()]
    assert kept
    assert not any(TOKEN.encode() in path.read_bytes() for path in kept)


@pytest.mark.parametrize(
    ("repository", "token", "why"),
    [
        ("", TOKEN, "sent as a bundle"),
        ("https://git.example.org/job.git", "two words", "9 characters, expected 1 to 1000"),
        ("http://git.example.org/job.git", TOKEN, "https"),
    ],
)
def test_a_token_that_is_refused_is_typed_again(
    bob: DeskBrowser, tmp_path: Path, repository: str, token: str, why: str
) -> None:
    program = started(bob, tmp_path / "refused")
    quote = ended(bob, bob.place(bob.post(f"{program}/price", page=program)))
    given = {"repository": repository, "token": token, "epsilon": "1"}
    before = bob.get("/jobs").text
    shown = bob.post(f"{program}/submit", page=quote, **given)
    assert shown.status_code == 422
    assert why in shown.text
    assert token not in shown.text
    assert f'value="{repository}"' in shown.text, "what is no secret stays"
    assert bob.get("/jobs").text == before


@pytest.mark.parametrize("path", ["/results/job-000000000000", "/results/nothing", "/programs/zz"])
def test_what_is_not_here_says_so(bob: DeskBrowser, path: str) -> None:
    assert bob.get(path).status_code in (404, 422)


def test_signing_waits_for_the_passphrase(bob: DeskBrowser, tmp_path: Path) -> None:
    browser = DeskBrowser.at(tmp_path)
    words = "several words of mine"
    browser.post("/keys/new", page="/keys", passphrase=words, again=words)
    browser.desk.client.save_account(bob.desk.client.account())
    browser.desk.lock()
    answer = browser.post("/jobs/job-0123456789ab/review", page="/unlock")
    assert browser.place(answer).startswith("/unlock?whose=client")
    browser.desk.close()
