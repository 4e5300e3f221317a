"""Steps log JSON lines with their job and organisation, redacted, and nothing on the happy way."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result
from world.platform_database import made_platform

from market.airflow.names import STEP_ENDED
from market.cli.main import main
from market.cli.operator import step
from market.errors import Unavailable
from market.services.submit.submit_job import job_of_run
from market.settings import Settings

RUN = "submit_acme/manual__1"
SECRET = "hunter2-" + "9f31"


def evaluate(home: Path) -> Result:
    return CliRunner().invoke(main, ["step", "evaluate", f"--run={RUN}", "--home", str(home)])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]


def during_the_step(monkeypatch: pytest.MonkeyPatch, happening: Any) -> None:
    """Let something happen where the step opens the platform."""

    def opened(settings: Settings) -> Any:
        happening()
        return made_platform(settings)

    monkeypatch.setattr(step, "open_platform", opened)


def test_every_line_names_job_and_organisation_and_is_redacted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def happening() -> None:
        structlog.get_logger().warning("slow", token=SECRET)
        logging.getLogger("some.package").warning("postgresql://market:%s@db/market", SECRET)

    during_the_step(monkeypatch, happening)
    result = evaluate(tmp_path)
    assert result.exit_code == STEP_ENDED
    assert len(lines(result)) == 2
    for line in lines(result):
        assert (line["job"], line["organisation"]) == (job_of_run(RUN), "acme")
    assert SECRET not in result.output


def test_crash_is_one_redacted_line_and_may_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def happening() -> None:
        raise ConnectionError(f"postgresql://market:{SECRET}@db/market")

    during_the_step(monkeypatch, happening)
    result = evaluate(tmp_path)
    assert result.exit_code == step.BROKEN_OFF
    (line,) = lines(result)
    assert (line["event"], line["level"], line["step"]) == ("step broke off", "error", "evaluate")
    assert (line["job"], line["organisation"]) == (job_of_run(RUN), "acme")
    assert "ConnectionError" in line["exception"]
    assert SECRET not in result.output


def test_part_that_is_away_is_told_as_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def happening() -> None:
        raise Unavailable("store-away", "The store is away.", "Try again.")

    during_the_step(monkeypatch, happening)
    result = evaluate(tmp_path)
    assert result.exit_code == 1
    assert "store-away" in result.output
    assert lines(result) == []


def test_step_without_incident_prints_one_line(tmp_path: Path) -> None:
    made_platform(Settings(home=tmp_path))
    handlers, configured = list(logging.getLogger().handlers), structlog.get_config()
    result = evaluate(tmp_path)
    assert result.exit_code == STEP_ENDED
    assert len(result.output.splitlines()) == 1
    assert logging.getLogger().handlers == handlers
    assert structlog.get_config() == configured
