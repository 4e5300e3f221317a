"""Command-line dialogues as text (tests/transcripts).

    bob$ market jobs          a command of the role before the $
    < secret                  what is given on its standard input
    job  state                lines it writes, both streams; [...] stands for any characters
    [exit 1]                  its exit code, unless 0

Words in braces are replaced before it is played.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"
_COMMAND = re.compile(r"([a-z]+)\$ (.*)")
_EXIT = re.compile(r"\[exit (\d+)\]")

Play = Callable[[str, list[str], str], tuple[int, str]]
"""(role, command, standard input) to (exit code, output)."""


@dataclass
class Exchange:
    """One command and what it should say."""

    role: str
    command: str
    given: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    exit_code: int = 0


def read_transcript(name: str) -> list[Exchange]:
    exchanges: list[Exchange] = []
    for line in (TRANSCRIPTS / name).read_text("utf-8").splitlines():
        if line.startswith("#") and not exchanges:
            continue
        if match := _COMMAND.fullmatch(line):
            exchanges.append(Exchange(match[1], match[2]))
        elif not exchanges:
            continue
        elif line.startswith("< "):
            exchanges[-1].given.append(line.removeprefix("< "))
        elif match := _EXIT.fullmatch(line):
            exchanges[-1].exit_code = int(match[1])
        else:
            exchanges[-1].expected.append(line)
    return exchanges


def play(name: str, words: Mapping[str, str], run: Play) -> None:
    """Play a transcript; AssertionError at the first line that differs.

    `words` is looked up anew for every command: playing may add to it.
    """
    for exchange in read_transcript(name):
        command = shlex.split(filled(exchange.command, words))
        given = "".join(f"{filled(line, words)}\n" for line in exchange.given)
        code, output = run(exchange.role, command, given)
        expected = [filled(line, words) for line in _trimmed(exchange.expected)]
        seen = _trimmed(output.splitlines())
        where = f"{name}: {exchange.role}$ {exchange.command}\n{output}"
        assert len(seen) == len(expected), where
        for line, pattern in zip(seen, expected, strict=True):
            assert _matches(pattern, line), f"{where}\nexpected: {pattern}\nseen:     {line}"
        assert code == exchange.exit_code, where


def filled(text: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _matches(pattern: str, line: str) -> bool:
    parts = (re.escape(part) for part in pattern.rstrip().split("[...]"))
    return re.fullmatch(".*".join(parts), line.rstrip()) is not None


def _trimmed(lines: list[str]) -> list[str]:
    """Without empty lines at either end, which only part exchanges from each other."""
    text = "\n".join(line.rstrip() for line in lines).strip("\n")
    return text.split("\n") if text else []
