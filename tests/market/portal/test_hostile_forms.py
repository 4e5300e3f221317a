"""Every form of the portal's pages, sent by everybody with what no browser sends: the answer is a
page that says what is wrong, and where it says no, nothing was written."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from servers.postgres import Postgres
from sqlalchemy import text
from world.browser import Browser
from world.drafts import VISITS, form_of
from world.place import Place, make_place
from world.platform_database import made_database
from world.portal_market import PortalMarket

from market.database.engine import Database
from market.database.migrate import METADATA
from market.entities.limits import LIMIT_NAMES
from market.portal.access import csrf_token

PEOPLE = ("", "bob", "otto", "olga", "ada")
FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "/account/notices/confirm": ("bob", {"secret": "ab" * 32}),
    "/account/notices/hook": ("bob", {"address": "https://north.example/hook"}),
    "/account/notices/mail": ("bob", {"address": "bob@north.example"}),
    "/account/notices/hook/end": ("bob", {}),
    "/account/notices/mail/end": ("bob", {}),
    "/account/password": ("otto", {"old": "not this one", "new": "another four words"}),
    "/account/sessions/{session_id}/end": ("bob", {}),
    "/account/tokens/{token_id}/revoke": ("bob", {}),
    "/administration/organisations": (
        "ada",
        {"organisation": "late-lab", "organisation_name": "Late"},
    ),
    "/administration/organisations/{organisation}/limits": ("ada", dict.fromkeys(LIMIT_NAMES, "9")),
    "/administration/users": (
        "ada",
        {"user": "late", "name": "Late", "organisation": "archive", "roles": "buyer"},
    ),
    "/administration/users/{name}/active": ("ada", {"is_active": "yes"}),
    "/administration/users/{name}/link": ("ada", {}),
    "/administration/users/{name}/roles": ("ada", {"roles": "buyer"}),
    "/datasets/{dataset}/access-requests": ("bob", {"purpose": "To learn."}),
    "/datasets/{dataset}/access-requests/{asked}/decline": ("olga", {"answer": "Not now."}),
    "/drafts": ("olga", {"template": "strict", "dataset": ""}),
    "/drafts/{draft}": (
        "olga",
        {
            "revision": "1",
            **form_of(replace(VISITS, columns=VISITS.columns[:1])),
            "deed": "down-0",
            "new_columns": "",
        },
    ),
    "/drafts/{draft}/duplicate": ("olga", {}),
    "/drafts/{draft}/delete": ("olga", {}),
    "/inbox/marks": (
        "olga",
        {"since": "1", "kind": "open", "about": "job-1", "is_done": "no"},
    ),
    "/jobs/new": (
        "bob",
        {
            "repository": "https://git.example.org/questions.git",
            "commit": "ab" * 20,
            "dataset": "household-visits",
            "epsilon": "0.5",
        },
    ),
    "/jobs/{job}/cancel": ("bob", {}),
    "/password/{secret}": ("", {"password": "four unrelated words"}),
    "/setup/{secret}": (
        "",
        {
            "organisation": "first-lab",
            "organisation_name": "First",
            "user": "first",
            "name": "First",
            "password": "four unrelated words",
        },
    ),
    "/sign-in": ("", {"user": "guest", "password": "not this one", "next": "/jobs"}),
    "/administration/users/{name}/remove": ("ada", {}),
    "/sign-out": ("bob", {}),
}
"""By the path of a form: who fills it in, and with what. Last, what leaves nobody to do it to."""
SPOILT_FIELDS = {
    "/drafts/{draft}": ("revision", "deed", "new_columns", "title", "delta", "access", "column_low")
}
"""Of a form with many fields that are read alike: those that are spoilt. Of others: all."""
WITH_A_SECRET = (
    "/account/notices/confirm",
    "/account/password",
    "/password/{secret}",
    "/setup/{secret}",
    "/sign-in",
)
"""Never done here, for want of what it takes."""
SPOILT = {
    "nothing": b"",
    "spaces": b"%20%09%C2%A0",
    "a NUL": b"a%00b",
    "half a character": b"%ED%A0%80",
    "bytes that are no UTF-8": b"%FF%FE%80",
    "a text turned around": b"%E2%80%AEabc",
    "marks without end": b"e" + b"%CC%81" * 4_000,
    "lines": b"a%0D%0ASet-Cookie: b",
    "sixty thousand digits": b"9" * 60_000,
    "a number beyond the database's": b"9" * 19,
    "a number below all": b"-1",
    "digits of other scripts": b"%D9%A3%C2%B2",
    "a template": b"{{7*7}}${7*7}%3Cscript%3E",
    "a path": b"..%2F..%2F%2Fexample.org",
}
URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "between"


@dataclass(frozen=True, slots=True)
class Sent:
    """A body, and what its header says of it."""

    what: str
    body: bytes
    kind: str = URLENCODED


def pairs(fields: dict[str, bytes]) -> bytes:
    return b"&".join(b"%s=%s" % (name.encode(), value) for name, value in fields.items())


def part(name: str, value: bytes, *, is_file: bool = False) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    return f"{head}{'; filename=f' * is_file}\r\n\r\n".encode() + value + b"\r\n"


def spoilt(fields: dict[str, bytes], names: Collection[str]) -> Iterator[Sent]:
    """Each of some fields by itself, the others as they should be."""
    for name in names:
        good = fields[name]
        others = {n: v for n, v in fields.items() if n != name}
        yield Sent(f"{name} missing", pairs(others))
        yield Sent(f"{name} as a list", pairs({**others, f"{name}[]": good, f"{name}[0]": good}))
        for what, value in SPOILT.items():
            yield Sent(f"{name}: {what}", pairs({**others, name: value}))
        twice = name.encode()
        for first, second in ((good, b"a%00b"), (b"a%00b", good)):
            both = b"&%s=%s&%s=%s" % (twice, first, twice, second)
            yield Sent(f"{name} twice", pairs(others) + both)


def bodies(fields: dict[str, bytes]) -> Iterator[Sent]:
    """Bodies that are no form, or another kind of one; the last are as good as a browser's."""
    multipart = f"multipart/form-data; boundary={BOUNDARY}"
    parts = b"".join(part(name, value) for name, value in fields.items())
    end = f"--{BOUNDARY}--\r\n".encode()
    yield Sent("nothing", b"")
    yield Sent("no pairs", b"&&=&%&%zz=%u1234;a")
    yield Sent("sixty fields", pairs({**fields, **{f"f{n}": b"x" for n in range(60)}}))
    yield Sent("seventy thousand fields", pairs(fields) + b"&a" * 35_000)
    yield Sent("JSON", b'{"csrf": ["x"]}', "application/json")
    yield Sent("a text", pairs(fields), "text/plain")
    yield Sent("no kind", pairs(fields), "/;=")
    yield Sent("parts without a boundary", parts + end, "multipart/form-data")
    yield Sent("a boundary without parts", b"--other--", multipart)
    yield Sent("parts without an end", parts + b"--", multipart)
    yield Sent("a file", parts + part("csrf", b"x", is_file=True) + end, multipart)
    yield Sent("a part of a strange charset", parts + end, f"{multipart}; charset=utf-7")
    yield Sent("parts of an unknown charset", parts + end, f"{multipart}; charset=none-such")
    yield Sent("a part that is no UTF-8", parts + part("other", b"\xff\x00") + end, multipart)
    yield Sent("pairs of an unknown charset", pairs(fields), f"{URLENCODED}; charset=none-such")
    yield Sent("parts", parts + end, multipart)


def send(browser: Browser, path: str, sent: Sent) -> httpx.Response:
    headers = {"Content-Type": sent.kind}
    return browser.send("POST", path, content=sent.body, headers=headers)


_TOLD = re.compile(
    r'<p class="lead"><bdi>(.+?)</bdi></p>\s*<p><strong>What to do:</strong> (.+?)</p>'
    r'|role="alert"><p><strong>(.+?)</strong> (.+?)</p>',
    re.DOTALL,
)


def check(answer: httpx.Response, where: object) -> None:
    """That the answer is a redirect or a page, and a refusal is said in sentences."""
    assert answer.status_code < 500, (where, answer.text[:2_000])
    if answer.is_redirect:
        assert answer.headers["location"].startswith("/"), where
        return
    assert answer.headers["content-type"] == "text/html; charset=utf-8", where
    if answer.is_error:
        told = _TOLD.search(answer.text)
        assert told is not None, (where, answer.text[:2_000])
        for sentence in filter(None, told.groups()):
            assert re.fullmatch(r"[^\x00-\x1f]{8,600}\.", unescape(sentence)), (where, sentence)


class Books:
    """What is written in the database, but for what is counted or told of those who were refused:
    attempts at passwords, and acts of administrators (market/services/decisions/0004); and but for
    the runs that are still to be started, which threads of the portal write off at any time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        names = [t.name for m in METADATA["platform"] for t in m.sorted_tables]
        self._query = " UNION ALL ".join(
            f"SELECT '{name}', md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {name} t"  # noqa: S608
            for name in names
            if name not in ("sign_in_failure", "audit_entry", "job_run_owed")
        )

    def read(self) -> dict[str, str]:
        with self._database.reading() as connection:
            return dict(connection.execute(text(self._query)).all())


def forms(place: Place) -> set[str]:
    return {
        route.path
        for route in place.market.app.routes
        if isinstance(route, APIRoute) and not route.include_in_schema and "POST" in route.methods
    }


def cases(fields: dict[str, str], csrf: str, names: Collection[str] | None = None) -> list[Sent]:
    said = {"csrf": csrf.encode(), **{n: v.replace(" ", "+").encode() for n, v in fields.items()}}
    return [*spoilt(said, fields if names is None else names), *bodies(said)]


def browser_of(place: Place, name: str) -> tuple[Browser, str]:
    """A person's browser, and the token of its forms; signed in again where it was signed out."""
    if name and "market_session" not in place.browser(name).cookies:
        del place.browsers[name]
    browser = place.browser(name)
    if not browser.cookies:
        browser.get("/sign-in")
    (bound_to,) = browser.cookies.values()
    return browser, csrf_token(bound_to)


def send_all(place: Place, books: Books, path: str, name: str, *, every: int) -> Iterator[int]:
    """Send a form's cases as somebody, or every so many of them; yields the statuses."""
    _, fields = FORMS[path]
    before: dict[str, str] = {}
    names = SPOILT_FIELDS.get(path)
    for number in range(0, len(cases(fields, "", names)), every):
        if "revision" in fields:
            kept = place.market.platform.drafts.get(int(place.ids["draft"]))
            fields = {**fields, "revision": str(kept.revision)}
        if "user" in fields:
            # Another name each time: the portal waits with one that has failed five times.
            fields = {**fields, "user": f"guest{number}"}
        browser, csrf = browser_of(place, name)
        sent = cases(fields, csrf, names)[number]
        before = before or books.read()
        answer = send(browser, place.fill(path), sent)
        where = (path, name, sent.what)
        check(answer, where)
        if answer.is_error:
            assert books.read() == before, where
        else:
            before = {}
        yield answer.status_code


def test_no_form_fails_or_writes_what_it_refuses(tmp_path: Path, postgres: Postgres) -> None:
    # A real database, which takes fewer texts and numbers than memory does.
    opened = made_database(postgres.empty())
    place = make_place(tmp_path, opened)
    assert forms(place) == set(FORMS)
    books = Books(opened.database)
    for path, (owner, _) in FORMS.items():
        seen = set(send_all(place, books, path, owner, every=1))
        assert 403 in seen, path
        assert seen & {200, 201, 303} or path in WITH_A_SECRET, path
        for number, name in enumerate(PEOPLE):
            if name != owner:
                list(send_all(place, books, path, name, every=11 + 2 * number))
    place.market.app.state.quotes.close()
    opened.database.close()


def under_a_link(home: Path, form: str) -> tuple[PortalMarket, Browser, str]:
    """A portal with a live link, a browser before it, and the path of the form behind it."""
    is_first = form == "/setup/{secret}"
    market = PortalMarket(home, with_people=not is_first)
    holder = None if is_first else "bob"
    link = market.people.make_link(holder, now=market.now, lifetime_seconds=3_600)
    path, browser = form.replace("{secret}", link), market.browser()
    assert browser.get(path).status_code == 200
    return market, browser, path


def kept(market: PortalMarket) -> object:
    people = market.people
    return people.users(), people.organisations(), dict(people.passwords)


@pytest.mark.parametrize("form", ["/password/{secret}", "/setup/{secret}"])
def test_form_behind_a_link_uses_it_up_or_does_nothing(tmp_path: Path, form: str) -> None:
    market, browser, path = under_a_link(tmp_path, form)
    _, fields = FORMS[form]
    done: list[str] = []
    for number in range(len(cases(fields, ""))):
        # Links may not be asked for without end.
        market.now += 1
        (bound_to,) = browser.cookies.values()
        sent = cases(fields, csrf_token(bound_to))[number]
        before = kept(market)
        answer = send(browser, path, sent)
        check(answer, sent.what)
        if answer.is_error:
            assert kept(market) == before, sent.what
            continue
        assert kept(market) != before, sent.what
        done.append(sent.what)
        market, browser, path = under_a_link(tmp_path, form)
    # The last is whole; of the others, those whose strange words are a name or password too.
    assert done[-1] == "parts"
    assert len(done) < 30


@pytest.mark.parametrize("size_bytes", [64 * 1024, 64 * 1024 + 1])
def test_form_is_read_up_to_its_limit(tmp_path: Path, size_bytes: int) -> None:
    market = PortalMarket(tmp_path)
    browser = market.browser("bob")
    start = b"csrf=%s&old=" % browser.csrf("/account").encode()
    answer = send(browser, "/account/password", Sent("long", start.ljust(size_bytes, b"x")))
    assert answer.status_code == (413 if size_bytes > 64 * 1024 else 422)
    check(answer, size_bytes)
