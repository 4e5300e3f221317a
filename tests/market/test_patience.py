"""A server that is away is waited for as long as was said, and one that answers is not."""

from __future__ import annotations

import pytest

from market.errors import Unavailable
from market.patience import Patience


class Away:
    """A server that is back at the given second, on a clock that only sleeping moves."""

    def __init__(self, back_at: float, code: str = "portal-unavailable") -> None:
        self.now, self.tries = 0.0, 0
        self.back_at, self.code = back_at, code

    def ask(self) -> str:
        self.tries += 1
        if self.now < self.back_at:
            raise Unavailable(self.code, "Away.", "Wait.")
        return "here"

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def asked(self, limit_seconds: float) -> str:
        return Patience(limit_seconds, lambda: self.now).wait_for(self.ask, self.sleep)


def test_server_is_asked_until_it_is_back_and_less_and_less_often() -> None:
    server = Away(back_at=100)
    assert server.asked(300) == "here"
    assert server.tries == 12


def test_no_try_comes_after_the_limit() -> None:
    server = Away(back_at=400)
    with pytest.raises(Unavailable, match="portal-unavailable"):
        server.asked(300)
    assert 285 <= server.now <= 300


@pytest.mark.parametrize("code", ["portal-nonsense", "portal-too-large", "store-refused"])
def test_answer_that_will_be_the_same_is_not_waited_for(code: str) -> None:
    server = Away(back_at=1, code=code)
    with pytest.raises(Unavailable, match=code):
        server.asked(300)
    assert server.tries == 1
