"""A buyer shares an opened answer at their desk, and a colleague opens it at theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world.buyers_place import answer, buyers_place, ended, plan
from world.command_lines import CommandLines
from world.desk_browser import DeskBrowser
from world.people import PASSWORD

from market.records.fingerprint_words import words_of

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    with buyers_place(tmp_path_factory.mktemp("market")) as place:
        who = ("admin", "user", "bea", "--organisation", "acme", "--name", "Bea")
        place.done("platform", *who, "--role", "buyer", given=PASSWORD)
        yield place


def desk_of(place: CommandLines, root: Path, user: str) -> DeskBrowser:
    """Somebody's, with a new key and signed in."""
    browser = DeskBrowser.at(root)
    browser.post("/keys/new", page="/keys", passphrase="", again="")
    given = {"url": place.words["url"], "user": user, "password": PASSWORD, "words": ""}
    assert browser.place(browser.post("/sign-in", page="/sign-in", **given)).startswith("/?done")
    return browser


def opened(place: CommandLines, bob: DeskBrowser, folder: Path) -> str:
    """A job whose result bob has opened."""
    made = bob.place(bob.post("/programs/new", page="/programs", dataset="visits", new=str(folder)))
    program = made.partition("?")[0]
    quote = ended(bob, bob.place(bob.post(f"{program}/price", page=program)))
    job = bob.place(bob.post(f"{program}/submit", page=quote, epsilon="2")).partition("?")[0]
    name = job.rpartition("/")[2]
    plan(place, name)
    reading = ended(bob, bob.place(bob.post(f"{job}/review", page=job)))
    bob.post(f"{job}/sign", page=reading)
    answer(place, name)
    ended(bob, bob.place(bob.post(f"{job}/open", page=job)))
    return name


def test_from_the_sharers_desk_to_the_readers(place: CommandLines, tmp_path: Path) -> None:
    bob, bea = (desk_of(place, tmp_path / name, name) for name in ("bob", "bea"))
    job = opened(place, bob, tmp_path / "question")
    page = f"/results/{job}/share"
    assert page in bob.get(f"/results/{job}").text
    assert "Bea (bea)" in bob.get(page).text
    unsaid = bob.post(page, page=page, user="bea", words="")
    assert unsaid.status_code == 422
    assert "No words were given" in unsaid.text
    key = bea.desk.public_key()
    assert key is not None
    shared = bob.post(page, page=page, user="bea", words=words_of(key.fingerprint()))
    assert bob.place(shared) == "/shared?done=result-shared"
    assert "key compared" in bob.get(page).text
    assert "Colleague" in bob.get("/keys").text

    home = bea.get("/").text
    assert f"bob shares the result of {job} with you." in home
    assert f'href="{bea.base}/shared"' in home
    waiting = bea.get("/shared").text
    assert "Open it" in waiting
    result = ended(bea, bea.place(bea.post(f"/jobs/{job}/open", page="/shared")))
    assert result == f"/results/{job}"
    text = bea.get(result).text
    assert "verified here" in text
    assert "colleague shared" in text
    assert bea.get(f"{result}/export/csv").text == bob.get(f"{result}/export/csv").text
    assert "See it" in bea.get("/shared").text
    assert "shares the result" not in bea.get("/").text

    taken = bob.post(f"/shared/{job}/withdraw", page="/shared", user="bea")
    assert bob.place(taken) == "/shared?done=withdrawn-shared"
    assert "taken back" in bob.get("/shared").text
    assert f"bob has taken back the result of {job}" in bea.get("/").text
    put = bea.post(f"/shared/{job}/withdraw", page="/shared", user="bea")
    assert bea.place(put) == "/shared?done=put-away-shared"
    for browser in (bob, bea):
        assert job not in browser.get("/shared").text
        assert browser.get(result).status_code == 200
        browser.desk.close()
