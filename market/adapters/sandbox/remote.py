"""Builds in one-shot sandboxes at an address: a few of them, for any number of steps.

A sandbox that is busy, of another release, or not there is asked again, with longer pauses, until
`wait_seconds` are over. One that ends in the middle of a build, or whose answer is none, is asked
again a few times: its program may be what ended it. Programs, not sandboxes, are to be judged by
what comes back: the plan is checked here, and built anew by whoever signs it.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import httpx

from crypto.errors import FormatError
from market.adapters.sandbox.builds import REPOSITORY, Run
from market.adapters.sandbox.exchange import (
    ARRIVAL_SECONDS,
    BUILD_PATH,
    LANGUAGE_HEADER,
    REFUSALS,
)
from market.adapters.sandbox.language import language_digest
from market.adapters.sandbox.parcel import ANSWER_BYTES, pack, read_answer
from market.errors import MarketError, Unavailable

_CONNECT_SECONDS: Final = 5
_MARGIN_SECONDS: Final = 30
"""Beside both runs: staging, and a sandbox on a machine that is at work."""
_MOST_BROKEN: Final = 3
_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 3.0
_PIECE_BYTES: Final = 1 << 16
_PROBLEM_BYTES: Final = 10_000
_ELSEWHERE: Final = ("sandbox-busy", "sandbox-release", "sandbox-unreachable")
"""What another sandbox, or the same one later, may do."""


class _Broken(Exception):
    """A build that began, as far as one can know, and gave no answer."""


@dataclass(frozen=True, slots=True)
class RemoteSandbox:
    """`market.adapters.sandbox.builds.Builds` at an address.

    Attributes:
        url: of the sandboxes, http:// or https:// with a host and maybe a port.
        wall_seconds: how long one run may take there.
        wait_seconds: how long to wait for one that is free.
        clock, sleep: of this machine, in seconds.
    """

    url: str
    wall_seconds: int
    wait_seconds: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def build(self, work: Path, asked: bytes) -> tuple[Run, Run]:
        """Run the program of `work/repository` there (see Builds).

        Raises:
            Refused: `parcel-malformed` and others: the sandbox does not take this repository.
            Unavailable: `sandbox-busy`, `sandbox-release`, `sandbox-unreachable`: none was free, of
                this release, or there at all, in time; `sandbox-broken`: they ended, or answered
                nonsense; `sandbox-failed`, `sandbox-full`: one could not run programs.
        """
        ends_at = self.clock() + self.wait_seconds
        broken = 0
        with tempfile.TemporaryFile(prefix="market-parcel-") as parcel:
            pack(work / REPOSITORY, asked, parcel)
            for pause in _pauses():
                try:
                    return self._ask(parcel)
                except _Broken as error:
                    broken += 1
                    if broken == _MOST_BROKEN:
                        raise _no_answer(str(error)) from error
                except Unavailable as error:
                    if error.code not in _ELSEWHERE or self.clock() >= ends_at:
                        raise
                self.sleep(pause)
        raise AssertionError("pauses have no end")

    def _ask(self, parcel: BinaryIO) -> tuple[Run, Run]:
        size_bytes = parcel.seek(0, 2)
        timeout = httpx.Timeout(
            2 * self.wall_seconds + _MARGIN_SECONDS,
            connect=_CONNECT_SECONDS,
            write=ARRIVAL_SECONDS,
        )
        headers = {
            LANGUAGE_HEADER: language_digest(),
            "Content-Length": str(size_bytes),
            "Content-Type": "application/x-tar",
        }
        try:
            with (
                # Straight, whatever proxy the environment names: it is a part of the platform.
                httpx.Client(trust_env=False, timeout=timeout) as client,
                client.stream(
                    "POST", self.url + BUILD_PATH, content=_pieces(parcel), headers=headers
                ) as response,
            ):
                body = _body(response)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _not_there(self.url) from error
        except httpx.HTTPError as error:
            raise _Broken(f"the connection ended ({type(error).__name__})") from error
        if response.status_code != httpx.codes.OK:
            raise _problem(body)
        try:
            return read_answer(body)
        except FormatError as error:
            raise _Broken("its answer is none") from error


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 1.6, _LONGEST_PAUSE_SECONDS)


def _pieces(parcel: BinaryIO) -> Iterator[bytes]:
    parcel.seek(0)
    while piece := parcel.read(_PIECE_BYTES):
        yield piece


def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    most = ANSWER_BYTES if response.status_code == httpx.codes.OK else _PROBLEM_BYTES
    for piece in response.iter_raw(_PIECE_BYTES):
        body += piece
        if len(body) > most:
            raise _Broken(f"its answer has more than {most} bytes")
    return bytes(body)


def _problem(body: bytes) -> MarketError | _Broken:
    """What a sandbox says it did not do, in words of ours."""
    try:
        return REFUSALS[json.loads(body)["code"]]()
    except (ValueError, KeyError, TypeError):
        return _Broken("it answers with no reason that is known")


def _not_there(url: str) -> Unavailable:
    return Unavailable(
        "sandbox-unreachable",
        f"No sandbox takes connections at {url}.",
        "Look whether the sandboxes run, and whether sandbox_url is where; then submit again.",
    )


def _no_answer(reason: str) -> Unavailable:
    return Unavailable(
        "sandbox-broken",
        f"{_MOST_BROKEN} sandboxes gave no answer for this program: of the last, {reason}.",
        "Look whether the program takes more memory than it says; else read the sandboxes' log.",
    )
