"""Whatever a portal answers to whatever is asked of it: a result, or a coded error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world.hostile_portal import HostilePortal, hostile_portal, http, json_answer

from crypto.identity import SigningKey
from crypto.secret import Secret
from market.cli.main import main
from market.client.http.answers import ANSWERS, is_known, read_answer, template_of
from market.client.http.api import PortalClient
from market.client.http.problems import LONGEST_WORDS
from market.client.http.shapes import Added
from market.client.kept.home import Account, ClientHome
from market.client.kept.keys import Keyring
from market.errors import MarketError

pytestmark = pytest.mark.stories

ROOT = Path(__file__).parents[3]
CALL = re.compile(r'portal(?:\(\))?\s*\.(get|post|put)\(\s*f?"([^"]+)"')
JOB = "job-0123456789ab"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def fitting(shape: Any) -> st.SearchStrategy[Any]:
    """Answers that fit a shape, and whatever else may stand in one."""
    if isinstance(shape, Added):
        return fitting(shape.shape)
    if isinstance(shape, tuple):
        return st.one_of(*map(fitting, shape))
    if isinstance(shape, dict):
        members = st.fixed_dictionaries({name: fitting(one) for name, one in shape.items()})
        return st.builds(
            lambda more, fit: {**more, **fit}, st.dictionaries(TEXT, JSON, max_size=2), members
        )
    if isinstance(shape, list):
        return st.lists(fitting(shape[0]), max_size=3)
    if isinstance(shape, range):
        return st.sampled_from([0, 1, shape.stop - 1]) | st.integers(0, shape.stop - 1)
    if isinstance(shape, frozenset):
        return st.sampled_from(sorted(shape))
    if isinstance(shape, re.Pattern):
        return st.from_regex(shape, fullmatch=True)
    return {str: TEXT, bool: st.booleans(), None: st.none()}[shape]


TEXT = st.text(max_size=20) | st.sampled_from(
    ["", "visits", "{}", "[]", '{"tag":"market/request/1"}', "ab" * 32, "\u202e\x1b[2J", "1e9"]
)

COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "whoami": (["whoami"], ["GET whoami"]),
    "inbox": (["inbox"], ["GET inbox"]),
    "dataset list": (["dataset", "list"], ["GET datasets"]),
    "dataset show": (["dataset", "show", "visits"], ["GET datasets/*"]),
    "dataset ask": (
        ["dataset", "ask", "visits", "--purpose", "A survey"],
        ["POST datasets/*/access-requests"],
    ),
    "jobs": (["jobs"], ["GET jobs"]),
    "job show": (["job", "show", JOB], ["GET jobs/*", "GET jobs/*/timeline"]),
    "job cancel": (["job", "cancel", JOB], ["POST jobs/*/cancel"]),
    "sign": (["sign", JOB, "--yes"], ["GET jobs/*", "POST jobs/*/request"]),
    "submit": (
        ["submit", "https://example.org/q.git", "--commit", "a" * 40, "--dataset", "visits",
         "--epsilon", "1"],
        ["POST jobs", "GET datasets/*"],
    ),
    "grant list": (
        ["grant", "list", "visits"],
        ["GET datasets/*/grants", "GET datasets/*/access-requests"],
    ),
    "keys register": (["keys", "register"], ["PUT identity"]),
    "result open": (["result", "open", JOB], ["GET jobs/*/bundle"]),
}  # fmt: skip


SAID = {
    name: st.fixed_dictionaries(
        {"otherwise": JSON}
        | {each: fitting(ANSWERS[each][0]) for each in templates if each in ANSWERS}
    )
    for name, (_, templates) in COMMANDS.items()
}


class Saying:
    """A portal whose answers are set from outside."""

    def __init__(self) -> None:
        self.by_template: dict[str, bytes] = {}
        self.otherwise = b""

    def say(self, method: str, path: str) -> Iterator[bytes]:
        template = template_of(method, path.removeprefix("/api/v1/").partition("?")[0])
        yield self.by_template.get(template, self.otherwise)


@pytest.fixture(scope="module")
def saying() -> Saying:
    return Saying()


@pytest.fixture(scope="module")
def portal(saying: Saying) -> Iterator[HostilePortal]:
    with hostile_portal(saying.say) as made:
        yield made


@pytest.fixture(scope="module")
def home(portal: HostilePortal, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A client's home, signed in at the hostile portal."""
    home = ClientHome(tmp_path_factory.mktemp("client") / "home")
    Keyring(home, lambda: Secret(b"never asked for")).make_identity(None)
    key = SigningKey.generate().public.hex
    home.save_account(Account(portal.url, "bob", "mkt_token", key))
    return home.path


def test_every_call_of_the_source_has_its_answer_in_the_table() -> None:
    calls = {
        (found[1].upper(), re.sub(r"\{[^}]*\}", "x", found[2]))
        for source in (ROOT / "market").rglob("*.py")
        for found in CALL.finditer(source.read_text("utf-8"))
    }
    assert len(calls) > 20
    # The agent's replies: each kind of them stands in the table.
    calls.discard(("POST", "jobs/x/x"))
    assert [call for call in sorted(calls) if not is_known(*call)] == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(template=st.sampled_from(sorted(ANSWERS)), answer=st.binary(max_size=300))
def test_any_bytes_in_place_of_an_answer_are_a_coded_error(
    portal: HostilePortal, saying: Saying, template: str, answer: bytes
) -> None:
    saying.by_template, saying.otherwise = {}, answer
    assert_typed(portal, template)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    template=st.sampled_from(sorted(ANSWERS)),
    status=st.integers(200, 599).filter(lambda status: status not in (204, 304)),
    body=st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode()),
)
def test_any_body_under_any_status_is_a_coded_error(
    portal: HostilePortal, saying: Saying, template: str, status: int, body: bytes
) -> None:
    saying.by_template, saying.otherwise = {}, http(body, "Connection: close", status=status)
    assert_typed(portal, template)


def assert_typed(portal: HostilePortal, template: str) -> None:
    method, path = template.replace("*", "x").split(" ")
    client = PortalClient(portal.url, "token")
    calls: list[Callable[[], Any]] = [
        lambda: client.get(path) if method == "GET" else getattr(client, method.lower())(path, {}),
        lambda: client.download("key", limit_bytes=100),
        lambda: client.upload("key", b"data", sha256="ab" * 32),
        lambda: client.get_bytes("jobs/x/bundle"),
        lambda: client.delete("tokens/current"),
    ]
    for error in filter(None, map(error_of, calls)):
        assert re.fullmatch(r"[a-z][a-z0-9-]*", error.code)
        assert error.next_action
        assert (error.message + error.next_action).isprintable()
        assert len(error.message) <= LONGEST_WORDS + 1
    client.close()


def error_of(call: Callable[[], Any]) -> MarketError | None:
    try:
        call()
    except MarketError as error:
        return error
    return None


@pytest.mark.parametrize("name", COMMANDS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(data=st.data())
def test_command_ends_in_words_whatever_fits_the_shape(
    portal: HostilePortal, saying: Saying, home: Path, name: str, data: st.DataObject
) -> None:
    command, _ = COMMANDS[name]
    answers = data.draw(SAID[name])
    saying.otherwise = json_answer(answers.pop("otherwise"))
    saying.by_template = {template: json_answer(value) for template, value in answers.items()}
    result = CliRunner().invoke(main, command, env={"MARKET_CLIENT_HOME": str(home)})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output


@given(template=st.sampled_from(sorted(ANSWERS)), data=st.data())
def test_answer_that_fits_is_taken_and_one_with_a_member_less_is_not(
    template: str, data: st.DataObject
) -> None:
    method, path = template.replace("*", "x").split(" ")
    shape = ANSWERS[template][0]
    value = data.draw(fitting({**shape} if isinstance(shape, dict) else shape))
    text = json.dumps(value, allow_nan=False) if _is_plain(value) else ""
    if not text:
        return
    assert read_answer(method, path, text.encode()) == value
    if isinstance(shape, dict) and shape:
        gone = data.draw(st.sampled_from(sorted(shape)))
        del value[gone]
        if isinstance(shape[gone], Added):
            assert read_answer(method, path, json.dumps(value).encode())[gone] is not None
            return
        with pytest.raises(MarketError, match="portal-nonsense"):
            read_answer(method, path, json.dumps(value).encode())


def test_portal_of_an_earlier_release_is_read_without_what_was_added_since() -> None:
    shared = {"job": JOB, "sharer": "ada", "recipient": "bob", "shared_at": 7}
    (read,) = read_answer("GET", "shared-results", json.dumps([shared]).encode())
    assert read == shared | {"withdrawn_at": 0}
    whole = json.dumps(shared | {"document": "{}"}).encode()
    assert read_answer("GET", f"shared-results/{JOB}", whole)["withdrawn_at"] == 0
    malformed = json.dumps([shared | {"withdrawn_at": "never"}]).encode()
    with pytest.raises(MarketError, match="portal-nonsense"):
        read_answer("GET", "shared-results", malformed)


def _is_plain(value: Any) -> bool:
    """No float, no long integer, no half of a surrogate pair: what canonical JSON may hold."""
    if isinstance(value, dict):
        return all(_is_plain(name) and _is_plain(one) for name, one in value.items())
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    return not isinstance(value, float) and (not isinstance(value, int) or abs(value) < 2**63)
