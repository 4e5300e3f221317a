"""Where a story's platform runs: on this machine as `market up` starts it, or as others host it."""

from __future__ import annotations

from typing import Protocol

from market.demo.roles import Role
from market.demo.terminal import market


class Hosting(Protocol):
    """A platform for one story. `platform` is the role that operates it, with its home."""

    @property
    def portal_url(self) -> str:
        """How browsers and clients reach the portal."""

    @property
    def airflow_url(self) -> str:
        """How browsers reach Airflow."""

    def prepare(self, platform: Role) -> None:
        """Make what the operator's commands need: settings, and whatever they lead to."""

    def start(self, platform: Role) -> None:
        """Return when portal and Airflow answer; the platform's database is there."""

    def stop(self, platform: Role) -> None:
        """Stop what `start` started, now or in an earlier run; stopping nothing is fine."""


class OneMachine:
    """Everything on this machine, under the platform's home."""

    def __init__(self, portal_port: int, airflow_port: int) -> None:
        self._ports = (portal_port, airflow_port)

    @property
    def portal_url(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def airflow_url(self) -> str:
        return f"http://127.0.0.1:{self._ports[1]}"

    def prepare(self, platform: Role) -> None:
        """The platform's settings, in its home."""
        platform.home.joinpath("market.toml").write_text(
            f"portal_port = {self._ports[0]}\nairflow_port = {self._ports[1]}\n"
            "allow_file_repositories = true\n"
        )

    def start(self, platform: Role) -> None:
        """As an operator does (raises Unavailable)."""
        market(platform, "up")

    def stop(self, platform: Role) -> None:
        """As an operator does (raises Unavailable)."""
        if platform.home.joinpath("market.toml").exists():
            market(platform, "down")
