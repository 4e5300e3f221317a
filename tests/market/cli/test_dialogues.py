"""A market from its first user to an opened result, told in commands."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from world import command_lines
from world.command_lines import CommandLines
from world.dialogue import play
from world.people import PASSWORD

from market.processes.status import NAMES, RESIDENT
from market.records.fingerprint_words import words_of

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    """The market after the whole story: every line of it was as written."""
    with command_lines.command_lines(tmp_path_factory.mktemp("market")) as place:
        platform = place.platform.identity.public.fingerprint()
        place.words |= {
            "password": PASSWORD,
            "run": command_lines.RUN,
            "portal": platform,
        }
        play("owner.txt", place.words, lambda *said: converse(place, *said))
        play("buyer.txt", place.words, lambda *said: converse(place, *said))
        job = place.words["job"]
        place.sign(job)
        place.agent_turn()
        place.evaluate(job)
        place.agent_turn()
        play("result.txt", place.words, lambda *said: converse(place, *said))
        play("share.txt", place.words, lambda *said: converse(place, *said))
        (place.root / "manual.toml").write_text(
            command_lines.DECLARATION.replace('approval = "automatic"', 'approval = "manual"')
        )
        play("approval.txt", place.words, lambda *said: converse(place, *said))
        yield place


def converse(place: CommandLines, role: str, command: list[str], given: str) -> tuple[int, str]:
    if command == ["program"]:
        place.words["commit"] = place.write_program(command_lines.PROGRAM)
        return 0, ""
    if command == ["sign"]:
        place.sign(place.words["manual"])
        return 0, ""
    if command == ["agent"]:
        place.agent_turn()
        return 0, ""
    result = place.run(role, *command[1:], given=given)
    if command[1:3] == ["keys", "new"] and result.exit_code == 0:
        name = {"olga": "owner", "bob": "words", "bea": "bea"}[role]
        place.words[name] = words_of(result.output.split()[2])
    if command[1:3] == ["job", "new"] and result.exit_code == 0:
        place.words.setdefault("first", result.output.split("commit ")[1][:40])
    if command[1:3] == ["step", "plan"] and result.exit_code == 0:
        name = "job" if f"--run={command_lines.RUN}" in command else "manual"
        place.words[name] = result.output.split()[1]
    return result.exit_code, result.output


READS: dict[str, tuple[str, list[str], type]] = {
    "whoami": ("bob", ["whoami"], dict),
    "keys": ("bob", ["keys", "show"], dict),
    "inbox": ("bob", ["inbox"], list),
    "done": ("bob", ["inbox", "--done"], list),
    "datasets": ("bob", ["dataset", "list"], list),
    "dataset": ("bob", ["dataset", "show", "visits"], dict),
    "grants": ("olga", ["grant", "list", "visits"], dict),
    "answered": ("olga", ["dataset", "answered", "visits"], dict),
    "drafts": ("olga", ["dataset", "drafts"], list),
    "quote": ("bob", ["quote", "{root}/checkout", "--dataset", "visits", "--epsilon", "1"], dict),
    "twin": ("bob", ["job", "run", "--twin", "visits", "{root}/checkout"], dict),
    "jobs": ("bob", ["jobs"], list),
    "job": ("bob", ["job", "show", "{job}"], dict),
    "wait": ("bob", ["job", "wait", "{job}"], dict),
    "result": ("bob", ["result", "show", "{job}"], dict),
    "shared": ("bea", ["result", "shared"], list),
    "receipt": ("bob", ["receipt", "verify", "{root}/bob/jobs/{job}/receipt.json"], dict),
    "agent": ("olga", ["agent", "status"], dict),
    "limits": ("platform", ["admin", "limits", "acme"], dict),
    "operations": ("platform", ["admin", "operations"], dict),
    "retention": ("platform", ["admin", "retention", "--dry-run"], list),
    "users": ("platform", ["admin", "users"], list),
}


@pytest.mark.parametrize("name", READS)
def test_reading_command_writes_one_json_document(place: CommandLines, name: str) -> None:
    role, command, kind = READS[name]
    result = place.done(role, *(word.format(**place.words) for word in command), "--json")
    assert isinstance(json.loads(result.stdout), kind)


def test_status_is_one_json_document_while_nothing_runs_too(place: CommandLines) -> None:
    result = place.run("platform", "status", "--json")
    assert result.exit_code == 1
    told = {part["name"]: part["answers"] for part in json.loads(result.stdout)}
    assert told == dict.fromkeys((*NAMES, RESIDENT), False)


def test_operator_reads_out_what_clients_pin(place: CommandLines) -> None:
    told = json.loads(place.done("platform", "admin", "identity", "--json").stdout)
    assert told["fingerprint"] == place.words["portal"]
    assert told["words"] == words_of(place.words["portal"])
    assert told["words"] in place.done("platform", "admin", "identity").stdout


def test_json_may_stand_before_the_command(place: CommandLines) -> None:
    before = place.done("bob", "--json", "jobs").stdout
    assert json.loads(before) == json.loads(place.done("bob", "jobs", "--json").stdout)


def test_error_is_json_too_and_words_go_to_standard_error(place: CommandLines) -> None:
    result = place.run("bob", "job", "show", "job-000000000000", "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert set(error) == {"code", "message", "next_action"}
    assert error["message"] in result.stderr


def test_checkout_names_the_program_which_is_shown_and_confirmed(
    place: CommandLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, commit = place.words["job"], place.words["commit"]
    monkeypatch.chdir(place.checkout)
    asked = place.run("bob", "sign", job)
    assert f"commit      {commit}" in asked.stderr
    assert "not-confirmed" in asked.stderr
    assert f"Signed. Job {job}" in place.done("bob", "sign", job, "--yes").output


def test_refused_runs_are_jobs_with_their_codes(place: CommandLines) -> None:
    told = json.loads(place.done("bob", "jobs", "--json").stdout)
    codes = {job["code"]: job for job in told if job["state"] == "refused"}
    assert {"epsilon-malformed", "no-dataset", "program-refused"} <= set(codes)
    for code in ("epsilon-malformed", "no-dataset"):
        shown = place.done("bob", "job", "show", codes[code]["job"], "--json").stdout
        assert json.loads(shown)["code"] == code


def test_answers_lie_near_the_truth(place: CommandLines) -> None:
    told = place.done("bob", "result", "show", place.words["job"], "--json")
    answers = {answer["name"]: answer["cells"][0] for answer in json.loads(told.stdout)["answers"]}
    rows = [int(line.split(",")[0]) for line in command_lines.table().splitlines()[1:]]
    truth = {"rows": len(rows), "visits": sum(rows) / len(rows)}
    for name, expected in truth.items():
        cell = answers[name]
        # Four half-widths: once in 10^14 runs by chance.
        assert abs(cell["value"] - expected) <= 4 * cell["error_95"]


def test_homes_are_closed_to_others(place: CommandLines) -> None:
    for home in ("bob", "olga", "agent"):
        for path in [place.root / home, *(place.root / home).rglob("*")]:
            assert path.stat().st_mode & 0o077 == 0, path


def agent_run(place: CommandLines, home: Path) -> subprocess.Popen[str]:
    """`market agent run` as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "market.cli.main", "agent", "run", "--home", str(home)],
        cwd=Path(command_lines.__file__).parents[2],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_restored_agent_waits_for_its_receipts(place: CommandLines, tmp_path: Path) -> None:
    archive = str(place.root / "agent.backup")
    unlock = str(place.root / "agent" / "unlock")
    home = ["--home", str(tmp_path / "restored")]
    place.done("olga", "agent", "restore", archive, "--unlock-file", unlock, *home)
    process = agent_run(place, tmp_path / "restored")
    _, words = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "agent-unreconciled" in words
    short = place.run("olga", "agent", "reconcile", "--last-sequence", "9", *home)
    assert "receipts-missing" in short.stderr
    settings = tmp_path / "restored" / "agent.toml"
    whole = settings.read_text("utf-8")
    settings.write_text(re.sub('^token = ".*"', 'token = "ended"', whole, flags=re.M), "utf-8")
    ended = place.run("olga", "agent", "reconcile", "--last-sequence", "1", *home)
    assert "agent-token-ended" in ended.stderr
    assert f"market agent login --home {tmp_path / 'restored'}" in ended.stderr
    settings.write_text(whole, "utf-8")
    place.done("olga", "agent", "reconcile", "--last-sequence", "1", *home)
    status = place.done("olga", "agent", "status", "--json", *home)
    assert json.loads(status.stdout)["is_reconciled"] is True


def test_agent_stops_when_it_is_told(place: CommandLines) -> None:
    process = agent_run(place, place.root / "agent")
    assert process.stderr is not None
    first = process.stderr.readline()
    assert "agent started" in first
    process.send_signal(signal.SIGTERM)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "The agent has stopped." in words


def test_owner_approves_by_hand_only_what_waits(place: CommandLines) -> None:
    result = place.run("olga", "approve", place.words["job"], "--yes")
    assert result.exit_code == 1
    assert "job-state" in result.stderr


def test_portal_under_another_key_is_not_signed_in_to(place: CommandLines, tmp_path: Path) -> None:
    home = tmp_path / "client"
    url = place.words["url"]
    first = place.run("carl", "login", url, "--user", "bob", "--home", str(home), given="x" * 12)
    assert "password-wrong" in first.stderr
    (pin,) = (home / "pins" / "platform").iterdir()
    pin.write_text("0" * 40 + f" first-sight {url}\n")
    again = place.run(
        "carl",
        "login",
        url,
        "--user",
        "bob",
        "--home",
        str(home),
        given=PASSWORD + "\n",
    )
    assert again.exit_code == 1
    assert "platform-key-changed" in again.stderr
    assert not (home / "client.toml").exists()
