"""One log: JSON lines, each with the request, job and organisation it belongs to, redacted.

`configure_logging` is called once, by whoever starts a process; `logging_to` by a command that
runs within one. Our modules log through structlog,
other packages through `logging`; both end in the same lines. An event is a short phrase, its facts
are members:

    log = structlog.get_logger()
    with log_context(job=job.id):
        log.info("job planned", outputs=3)
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from market.redaction import redact

_learned: ContextVar[dict[str, str] | None] = ContextVar("learned", default=None)
"""What a request turned out to belong to. It is one dictionary for all threads that serve the
request: each has a copy of the context, and none a way to change the others'."""


class _Unhindering:
    """A stream whose full disk loses lines, instead of ending what they tell of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def configure_logging(stream: TextIO, *, level: int = logging.INFO) -> None:
    """Send every log line of this process, ours and other packages', to `stream`. A line that
    cannot be written is lost."""
    unhindering = cast(TextIO, _Unhindering(stream))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _merge_learned,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_endings(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=unhindering),
        # A cached logger would keep writing to the stream of an earlier configuration.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(unhindering)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                _merge_learned,
                structlog.stdlib.add_logger_name,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_endings()],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # httpx logs each request at INFO: an agent that polls would log little else.
    logging.getLogger("httpx").setLevel(max(level, logging.WARNING))


@contextmanager
def logging_to(stream: TextIO, *, level: int = logging.INFO) -> Iterator[None]:
    """`configure_logging` while this lasts; what was configured before returns afterwards."""
    root = logging.getLogger()
    handlers, root_level = list(root.handlers), root.level
    before = structlog.get_config() if structlog.is_configured() else None
    configure_logging(stream, level=level)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(root_level)
        if before is None:
            structlog.reset_defaults()
        else:
            structlog.configure(**before)


@contextmanager
def log_context(
    *,
    request_id: str | None = None,
    job: str | None = None,
    organisation: str | None = None,
    consortium: str | None = None,
) -> Iterator[None]:
    """Name what the lines logged inside belong to; what is not given stays as it was."""
    given = {
        "request_id": request_id,
        "job": job,
        "organisation": organisation,
        "consortium": consortium,
    }
    named = {name: value for name, value in given.items() if value is not None}
    with structlog.contextvars.bound_contextvars(**named):
        yield


@contextmanager
def learning() -> Iterator[dict[str, str]]:
    """Inside, `learn` names what lines belong to, in whichever thread it is called; it gives what
    was learned so far."""
    learned: dict[str, str] = {}
    before = _learned.set(learned)
    try:
        yield learned
    finally:
        _learned.reset(before)


def learn(*, job: str | None = None, organisation: str | None = None) -> None:
    """Name what the lines logged from now on belong to, as was just found out. Outside of
    `learning` nothing happens."""
    learned = _learned.get()
    if learned is not None:
        given = {"job": job, "organisation": organisation}
        learned.update((name, value) for name, value in given.items() if value is not None)


def _merge_learned(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**(_learned.get() or {}), **event}


def redactor(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """`redact` as a structlog processor: it stands last before rendering."""
    return redact(event)


def _endings() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redactor,
        structlog.processors.JSONRenderer(sort_keys=True),
    ]
