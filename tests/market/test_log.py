from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from crypto.secret import Secret
from market.log import configure_logging, log_context, logging_to


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """A configured log; what was configured before returns afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    written = io.StringIO()
    configure_logging(written)
    yield written
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_names_request_job_and_organisation(stream: io.StringIO) -> None:
    log = structlog.get_logger()
    with log_context(request_id="r1", organisation="acme"), log_context(job="j1"):
        log.info("job planned", outputs=3)
    log.warning("later")
    first, second = lines(stream)
    assert first.pop("timestamp").endswith("Z")  # type: ignore[attr-defined]
    assert first == {
        "event": "job planned",
        "job": "j1",
        "level": "info",
        "organisation": "acme",
        "outputs": 3,
        "request_id": "r1",
    }
    assert set(second) == {"event", "level", "timestamp"}


def test_no_secret_comes_through_whichever_way_it_is_logged(stream: io.StringIO) -> None:
    ours, theirs = structlog.get_logger(), logging.getLogger("some.package")
    ours.info("opened", token="hunter2", made=Secret(b"hunter2"))
    ours.info("Bearer hunter2")
    ours.info("sent %s", "Bearer hunter2")
    theirs.warning("GET /?token=hunter2")
    theirs.warning("sent %s", "Bearer hunter2")
    theirs.warning("made %s", Secret(b"hunter2"))
    try:
        raise ValueError("postgresql://market:hunter2@127.0.0.1/market")
    except ValueError:
        ours.exception("failed")
        theirs.exception("failed")
    assert len(lines(stream)) == 8
    assert "hunter2" not in stream.getvalue()
    assert "ValueError" in stream.getvalue()


def test_other_packages_lines_carry_the_context_too(stream: io.StringIO) -> None:
    with log_context(job="j1"):
        logging.getLogger("some.package").warning("slow")
    (line,) = lines(stream)
    assert line["job"] == "j1"
    assert line["logger"] == "some.package"
    assert line["level"] == "warning"


def test_details_are_left_out_unless_asked_for(stream: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("some.package").debug("detail")
    assert lines(stream) == []
    configure_logging(stream, level=logging.DEBUG)
    structlog.get_logger().debug("detail")
    assert [line["event"] for line in lines(stream)] == ["detail"]


def test_text_with_line_breaks_stays_one_line(stream: io.StringIO) -> None:
    structlog.get_logger().info('two\nlines {"event": "forged"}')
    assert len(lines(stream)) == 1


def test_threads_do_not_share_their_context(stream: io.StringIO) -> None:
    with log_context(job="j1"):
        other = threading.Thread(target=lambda: structlog.get_logger().info("apart"))
        other.start()
        other.join()
    assert "job" not in lines(stream)[0]


def test_a_poll_leaves_no_line(stream: io.StringIO) -> None:
    client = logging.getLogger("httpx")
    client.info("HTTP Request: GET http://127.0.0.1/api/v1/agent/work")
    client.warning("the portal is slow")
    assert [line["event"] for line in lines(stream)] == ["the portal is slow"]


def test_line_that_a_full_disk_does_not_take_hinders_nothing() -> None:
    full = Path("/dev/full").open("w")  # noqa: SIM115 - its closing fails, as its writing does
    with logging_to(full):
        structlog.get_logger().info("ours")
        logging.getLogger("some.package").warning("theirs")
    with pytest.raises(OSError, match="No space left"):
        full.close()
