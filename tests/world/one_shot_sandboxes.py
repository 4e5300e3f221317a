"""`market sandbox` as processes of an account without rights, as a hardened pod runs them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from world.loopback import free_port
from world.passable import passable_folder
from world.unprivileged import unprivileged_command, unprivileged_environment
from world.waiting import eventually


@dataclass(frozen=True)
class OneShotSandbox:
    """One such process on loopback. `log` holds what it has written."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def state(self) -> str:
        """`ready`, `busy` or `over`; empty while it does not answer."""
        try:
            answer = httpx.get(f"{self.url}/healthz", trust_env=False, timeout=10)
        except httpx.TransportError:
            return ""
        return str(answer.json()["sandbox"])

    def is_ready(self) -> bool:
        return httpx.get(f"{self.url}/readyz", trust_env=False, timeout=10).is_success


@contextmanager
def one_shot_sandbox(*options: str, **settings: str | int) -> Iterator[OneShotSandbox]:
    """`market sandbox OPTIONS`, once it is ready."""
    port = free_port()
    with passable_folder() as folder:
        scratch, home, log = folder / "scratch", folder / "home", folder / "log"
        scratch.mkdir()
        scratch.chmod(0o777)
        home.mkdir()
        given = {f"MARKET_{name.upper()}": str(value) for name, value in settings.items()}
        with log.open("wb") as file:
            process = subprocess.Popen(
                unprivileged_command("-P", "-m", "market.cli.main", "sandbox", *options),
                env=unprivileged_environment()
                | {
                    "MARKET_HOME": str(home),
                    "MARKET_SANDBOX_PORT": str(port),
                    "TMPDIR": str(scratch),
                    **given,
                },
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        sandbox = OneShotSandbox(f"http://127.0.0.1:{port}", process, log)
        try:
            eventually(lambda: _answers(sandbox))
            yield sandbox
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)
        assert list(scratch.iterdir()) == [], "nothing is left of a build"


@contextmanager
def one_shot_sandboxes(count: int = 1, **settings: int) -> Iterator[tuple[str, ...]]:
    """The addresses of sandboxes of which the next one starts when one has ended."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(one_shot_sandbox("--again", **settings)) for _ in range(count)
        ]
        yield tuple(sandbox.url for sandbox in started)


def _answers(sandbox: OneShotSandbox) -> bool:
    assert sandbox.process.poll() is None, sandbox.log.read_text()
    return sandbox.state() == "ready"
