"""Whatever a page tells people to type is a command of this release, its settings are read as they
stand there, and its paths and links lead somewhere."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from market.adapters.platform_secrets import make_secrets
from market.airflow.metadatabase import airflow_home
from market.cli.main import main
from market.given_settings import NOT_SETTINGS
from market.owner.consortium.declare_consortium import read_terms
from market.owner.declaration.describe import parse_declaration
from market.plan.dataset import Dataset
from market.plan.statistics import kinds_of
from market.processes.child import log_path, pid_path
from market.processes.status import NAMES, RELAY
from market.settings import Settings, load

ROOT = Path(__file__).parent.parent.parent.parent
GUIDE = ROOT / "market" / "processes" / "OPERATING.md"
CONSORTIUM = ROOT / "market" / "processes" / "CONSORTIUM.md"
PAGES_OF_COMMANDS = (GUIDE, ROOT / "README.md", CONSORTIUM)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
INLINE = re.compile(r"`([^`\n]+)`")
VARIABLE = re.compile(r"\bMARKET_[A-Z0-9_]+\b")
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([a-z0-9-]+))?\)")
STOPS = {";", "&&", "||", "|"}


def blocks(page: Path, *languages: str) -> list[str]:
    found = BLOCK.findall(page.read_text("utf-8"))
    return [text for language, text in found if language in languages]


def commands(text: str) -> list[list[str]]:
    """The words of every command on the lines of shell that have one of ours."""
    found: list[list[str]] = []
    lines = text.replace("\\\n", " ").splitlines()
    for line in (line for line in lines if "market" in line.split()):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        found.append([])
        for word in lexer:
            if word in STOPS:
                found.append([])
            else:
                found[-1].append(word)
    return [words for words in found if words]


def typed(page: Path) -> list[list[str]]:
    text = "\n".join(blocks(page, "", "sh"))
    return [words[1:] for words in commands(text) if words[0] == "market"]


def mentioned(page: Path) -> list[list[str]]:
    """Commands in running text: `a|b` there stands for either."""
    found: list[list[str]] = []
    prose = BLOCK.sub("", page.read_text("utf-8"))
    for text in INLINE.findall(prose.replace("\n", " ")):
        if text.startswith("market "):
            words = text.split()[1:]
            either = next((word.split("|") for word in words if "|" in word), [""])
            found += [[one if "|" in word else word for word in words] for one in either]
    return found


def resolved(words: list[str]) -> tuple[click.Command, click.Context, list[str]]:
    """The command that the words name, and the words after its name."""
    command: click.Command = main
    context = click.Context(main, info_name="market")
    while isinstance(command, click.Group) and (words or not command.invoke_without_command):
        assert words, f"{context.command_path} needs a command below it"
        below = command.get_command(context, words[0])
        assert below is not None, f"{context.command_path} has no command {words[0]}"
        context = click.Context(below, parent=context, info_name=words[0])
        command, words = below, words[1:]
    return command, context, words


def check_typed(words: list[str]) -> None:
    """That the command takes these words: all of them, and nothing required is missing."""
    command, context, rest = resolved(words)
    given, over, _ = command.make_parser(context).parse_args(list(rest))
    assert not over, f"{context.command_path} takes no {over}"
    for parameter in command.params:
        value = given.get(parameter.name or "")
        assert value or not parameter.required, f"{context.command_path}: {parameter.name}?"
        if value is not None and not isinstance(parameter.type, click.Path):
            # What it may be is said by its type: a choice, a number.
            parameter.process_value(context, value)


def page_name(page: Path) -> str:
    return page.name


@pytest.mark.parametrize("page", PAGES_OF_COMMANDS, ids=page_name)
def test_every_command_that_a_page_has_typed_is_taken_as_it_stands(page: Path) -> None:
    found = typed(page)
    assert len(found) > 10
    for words in found:
        check_typed(words)


@pytest.mark.parametrize("page", PAGES_OF_COMMANDS, ids=page_name)
def test_every_command_and_option_in_running_text_exists(page: Path) -> None:
    found = mentioned(page)
    assert len(found) > 5
    for words in found:
        command, context, rest = resolved(words)
        known = {name for parameter in command.params for name in parameter.opts}
        options = {word for word in rest if word.startswith("-")}
        assert options <= known, f"{context.command_path} has no {options - known}"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("up --hme x", "No such option"),
        ("admin setup", "no command setup"),
        ("admin", "needs a command below it"),
        ("admin user ada", "organisation"),
        ("down now", "takes no"),
        ("doctor --role operator", "operator"),
        ("agent reconcile --last-sequence newest", "newest"),
    ],
)
def test_command_that_is_not_taken_is_found_out(words: str, reason: str) -> None:
    with pytest.raises((AssertionError, click.UsageError), match=reason):
        check_typed(words.split())


def test_settings_on_the_guide_are_read_as_they_stand(tmp_path: Path) -> None:
    texts = blocks(GUIDE, "toml")
    assert texts
    (tmp_path / "market.toml").write_text("\n".join(texts))
    settings = load(tmp_path, {})
    assert (settings.store, settings.portal_url) == ("s3", "https://market.example.org")


def test_declarations_on_the_page_of_consortia_are_one_agreed_table(tmp_path: Path) -> None:
    proposed, own = blocks(CONSORTIUM, "toml")
    (tmp_path / "three-clinics.toml").write_text(proposed)
    terms = read_terms(tmp_path / "three-clinics.toml")
    declared = parse_declaration(own)
    (schema,) = terms.schemas
    agreed = (schema.columns, schema.privacy_unit, schema.capacity_rows)
    bound = declared.schema
    assert (bound.columns, bound.privacy_unit, bound.capacity_rows) == agreed
    assert declared.policy.statistics == terms.policy.statistics


def test_program_on_the_page_of_consortia_is_sold_there(tmp_path: Path) -> None:
    proposed, _ = blocks(CONSORTIUM, "toml")
    (program,) = blocks(CONSORTIUM, "python")
    (tmp_path / "three-clinics.toml").write_text(proposed)
    terms = read_terms(tmp_path / "three-clinics.toml")
    (tmp_path / "program.py").write_text(program)
    build: Any = runpy.run_path(str(tmp_path / "program.py"))["build"]
    asked = build(Dataset(terms.schemas[0]))
    kinds = {kind for one in asked.values() for kind in kinds_of(one.statistic)}
    assert kinds <= set(terms.policy.statistics)


@pytest.mark.parametrize("page", [GUIDE, ROOT / "README.md"], ids=page_name)
def test_every_variable_on_a_page_is_one(page: Path) -> None:
    named = set(VARIABLE.findall(page.read_text("utf-8")))
    assert named
    known = {f"MARKET_{name.upper()}" for name in Settings.__slots__}
    assert named <= known | NOT_SETTINGS


def test_guide_names_everything_a_home_holds(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    make_secrets(settings)
    table = GUIDE.read_text("utf-8").partition("| in the home |")[2].partition("\n\n")[0]
    named = {name.rstrip("/") for name in INLINE.findall(table)}
    places = (
        tmp_path / "market.toml",
        settings.platform_database_url.removeprefix("sqlite:///"),
        settings.store_description["path"],
        airflow_home(tmp_path),
        log_path(settings, "portal").parent,
        pid_path(settings, "portal").parent,
        tmp_path / "secrets",
        *(tmp_path / "secrets").iterdir(),
    )
    assert {Path(place).name for place in places} <= named


def test_guide_names_every_process_log() -> None:
    section = GUIDE.read_text("utf-8").partition("\n## Logs\n")[2].partition("\n## ")[0]
    assert {f"{name}.log" for name in (*NAMES, RELAY)} <= set(INLINE.findall(section))


def test_codes_on_the_guide_are_explained() -> None:
    names = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", GUIDE.read_text("utf-8"))) - SECRETS
    assert len(names) > 5
    for code in names:
        assert CliRunner().invoke(main, ["explain", code]).exit_code == 0, code


SECRETS = {"sign-on", "object-urls", "forms", "repository-tokens", "airflow-jwt", "airflow-session"}


@pytest.mark.parametrize("page", PAGES_OF_COMMANDS, ids=page_name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link[0]]
    assert links
    for path, anchor in links:
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.M) if anchor else []
        anchors = {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings}
        assert not anchor or anchor in anchors, anchor
