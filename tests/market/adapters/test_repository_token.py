"""Deploy tokens: shown to the repository's host alone, and never where others read."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from world.git_hosts import listening

from crypto.secret import Secret
from market.adapters.repository import FetchLimits, Source, check_out
from market.errors import MarketError, Refused
from market.policy.submission.repository_token import authorization_of

pytestmark = pytest.mark.processes

LIMITS = FetchLimits(wall_seconds=20)
TOKEN = "glpat-never-to-be-seen-again"


@pytest.mark.parametrize(
    ("text", "shown"),
    [(TOKEN, f"x-access-token:{TOKEN}"), (f"deploy-7:{TOKEN}", f"deploy-7:{TOKEN}")],
)
def test_token_is_basic_authentication(text: str, shown: str) -> None:
    header = authorization_of(Secret(text.encode()))
    scheme, _, value = header.removeprefix("Authorization: ").partition(" ")
    assert (scheme, base64.b64decode(value).decode()) == ("Basic", shown)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_host_that_turns_the_token_away_is_a_refusal(tmp_path: Path, status: int) -> None:
    header = authorization_of(Secret(TOKEN.encode()))
    with listening("127.0.0.1", status=status) as host:
        where = f"git.example.org:{host.port}"
        source = Source(f"http://{where}/job", f"{where}:127.0.0.1", header)
        with pytest.raises(Refused, match="repository-token-refused") as refused:
            check_out(source, "1" * 40, tmp_path / "fetched", LIMITS)
    assert set(host.authorizations) == {header.removeprefix("Authorization: ")}
    assert TOKEN not in repr(source)
    assert TOKEN not in f"{refused.value!r}{refused.value}{refused.value.__cause__!r}"
    # The configuration that held it is gone.
    assert [path.name for path in tmp_path.iterdir()] == ["fetched"]


def test_host_that_sends_on_does_not_give_the_token_away(tmp_path: Path) -> None:
    with listening("127.0.0.1") as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/job"
        with listening("127.0.0.2", status=302, location=location) as host:
            where = f"git.example.org:{host.port}"
            header = authorization_of(Secret(TOKEN.encode()))
            source = Source(f"http://{where}/job", f"{where}:127.0.0.2", header)
            with pytest.raises(MarketError):
                check_out(source, "1" * 40, tmp_path / "fetched", LIMITS)
    assert (elsewhere.requests, bool(host.authorizations)) == ([], True)
