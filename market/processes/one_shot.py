"""The one-shot sandbox as a process, and what starts the next one."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
from types import FrameType
from typing import Final, NoReturn

import structlog
import uvicorn

from market.adapters.sandbox.confined import (
    Confined,
    end_all_below,
    require_confinement,
    withdraw,
)
from market.adapters.sandbox.language import language_digest
from market.adapters.sandbox.one_shot import OneShot
from market.adapters.sandbox.parcel import ParcelLimits
from market.adapters.sandbox.run import SandboxLimits
from market.errors import Refused
from market.settings import Settings

_BACKLOG: Final = 64
_MARGIN_SECONDS: Final = 10
_REST_SECONDS: Final = 1
"""After a sandbox that did not end well: what ends them all at once must not take a processor."""

_log = structlog.get_logger()


def build_once(settings: Settings) -> None:
    """Take one build over HTTP, answer it, and return.

    Raises:
        Refused: `sandbox-privileged`; `port-taken`.
        Unavailable: `sandbox-missing`, `sandbox-failed`: a program would not be confined here.
    """
    with _listening(settings) as listening:
        _prepare()
        _serve(settings, listening)


def build_again(settings: Settings) -> None:
    """Start a sandbox for one build, and the next one once it has ended, until told to stop.

    A cluster starts a container that ended with longer and longer pauses, whatever it ended with.
    Each sandbox is a fork of this process, which itself takes no connection and runs no program
    (raises as `build_once`).
    """
    with _listening(settings) as listening:
        _prepare()
        _Keeper(settings, listening).keep()


def _prepare() -> None:
    withdraw()
    require_confinement()
    # Once for all that are forked.
    language_digest()


def _listening(settings: Settings) -> socket.socket:
    host, port = settings.sandbox_host, settings.sandbox_port
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise Refused(
            "port-taken",
            f"Nothing can listen on {host}:{port}: {error.strerror}.",
            "Set sandbox_host and sandbox_port to an address of this machine that is free.",
        ) from error


def _serve(settings: Settings, listening: socket.socket) -> None:
    runner = Confined(SandboxLimits(wall_seconds=settings.sandbox_wall_seconds))
    limits = ParcelLimits(settings.fetch_maximum_bytes)

    def end() -> None:
        server.should_exit = True

    config = uvicorn.Config(
        OneShot(runner, limits, end).app(),
        http="h11",
        ws="none",
        lifespan="off",
        timeout_keep_alive=1,
        # Told to stop, it still answers what it is at.
        timeout_graceful_shutdown=2 * settings.sandbox_wall_seconds + _MARGIN_SECONDS,
        log_config=None,
        access_log=False,
        log_level="warning",
        server_header=False,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listening])


class _Keeper:
    """The process that forks sandboxes, one at a time."""

    def __init__(self, settings: Settings, listening: socket.socket) -> None:
        self._settings = settings
        self._listening = listening
        self._is_to_stop = False
        self._sandbox = 0

    def keep(self) -> None:
        """Until told to stop: then the one at work may still answer."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._is_to_stop:
            # Whatever ends it, neither files nor processes of one build are there for the next.
            with tempfile.TemporaryDirectory(prefix="market-sandbox-") as scratch:
                status = self._one(scratch)
                end_all_below()
            if status != 0 and not self._is_to_stop:
                _log.warning("sandbox ended badly", status=status)
                time.sleep(_REST_SECONDS)

    def _one(self, scratch: str) -> int:
        """Its exit code, once a sandbox has ended."""
        self._sandbox = os.fork()
        if self._sandbox == 0:
            self._be_a_sandbox(scratch)
        if self._is_to_stop:
            # It came between the fork and its note.
            os.kill(self._sandbox, signal.SIGTERM)
        _, status = os.waitpid(self._sandbox, 0)
        self._sandbox = 0
        return os.waitstatus_to_exitcode(status)

    def _be_a_sandbox(self, scratch: str) -> NoReturn:
        status = 1
        try:
            tempfile.tempdir = scratch
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            if self._is_to_stop:
                # Told before it could hear.
                os._exit(0)
            withdraw()
            _serve(self._settings, self._listening)
            status = 0
        except Exception:  # noqa: BLE001 - told with its trace; the next one is started
            _log.exception("sandbox failed")
        finally:
            # Nothing of the process it was forked from is to be ended here.
            os._exit(status)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_to_stop = True
        if self._sandbox:
            os.kill(self._sandbox, signal.SIGTERM)
