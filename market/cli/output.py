"""Tables and progress for people; one JSON document for programs.

Rules: whatever another party wrote is shown as text: no markup, control and direction characters
made visible. Results go to standard output; progress, questions and errors to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from crypto.identity import PublicKey
from market.cli.minute_lines import MinuteLines
from market.plan.program_words import programs_words
from market.records.fingerprint_words import words_of

Json = Any
Advance = Callable[[int], None]
"""Called with how much is done so far, in the units of the total."""

Steps = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and the total."""

# A program that reads the output gets every row on one line.
_PLAIN_WIDTH = 1_000
_LONGEST_CELL = 100
"""Of characters that a terminal is shown of one cell."""


class _Rate(ProgressColumn):
    """How many of them a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


class Output:
    """Where a command's words go."""

    def __init__(self) -> None:
        self.is_json = False

    def show(self, document: Json, render: Callable[[Output], None]) -> None:
        """The result: `document` for programs, what `render` writes for people."""
        if self.is_json:
            self._write(document)
        else:
            render(self)

    def line(self, text: str) -> None:
        """One line for people."""
        self._console(sys.stdout).print(visible(text), soft_wrap=True)

    def note(self, text: str) -> None:
        """A line on standard error, which is not part of the result."""
        self._console(sys.stderr).print(visible(text), soft_wrap=True)

    def text(self, text: str) -> None:
        """Several lines, as they are."""
        for line in text.splitlines():
            self.line(line)

    def fields(self, pairs: Sequence[tuple[str, object]]) -> None:
        """Names and values, one a line."""
        width = max((len(name) for name, _ in pairs), default=0)
        for name, value in pairs:
            self.line(f"{name:<{width}}  {value}")

    def key(self, fingerprint: str) -> None:
        """A key as people compare it: its fingerprint in groups of four, and its words."""
        self.text(key_text(fingerprint))

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str = ""
    ) -> None:
        """Rows under headings; columns whose heading begins with `>` are right-aligned.

        At a terminal long cells are cut: a command with --json, or into a file, gives all of them.

        Args:
            empty: what stands in place of a table without rows: that there is nothing, and what
                to do.
        """
        if not rows and empty:
            self.line(empty)
            return
        longest = _LONGEST_CELL if sys.stdout.isatty() else None
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            name = column.removeprefix(">")
            justify = "right" if column != name else "left"
            table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
        for row in rows:
            table.add_row(*(Text(_cut(visible(str(value)), longest)) for value in row))
        console = self._console(sys.stdout)
        unbounded = console.options.update(max_width=_PLAIN_WIDTH)
        if console.measure(table, options=unbounded).minimum > console.width:
            self._records(columns, rows, longest)
            return
        with console.capture() as captured:
            console.print(table)
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def _records(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], longest: int | None
    ) -> None:
        """The rows one below the other, where not even their longest words fit side by side."""
        names = [column.removeprefix(">") for column in columns]
        for row in rows:
            for name, value in zip(names, row, strict=True):
                if text := _cut(str(value), longest):
                    self.line(f"{name}  {text}")
            self.line("")

    def error(self, code: str, message: str, next_action: str, *, program_says: str = "") -> None:
        """An error: for people on standard error, and as the JSON document."""
        if self.is_json:
            told = {"code": code, "message": message, "next_action": next_action}
            if program_says:
                told["program_says"] = program_says
            self._write({"error": told})
        self.note(f"Error: {code}")
        self.note(f"  {message}")
        if program_says:
            self.note(f"  {programs_words(program_says)}")
        self.note(f"  Next: {next_action}")

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Advance]:
        """A bar on standard error while long work goes on; a line a minute where no terminal is."""
        if not sys.stderr.isatty():
            lines = MinuteLines(self.note)
            yield lambda done: lines.advance(what, done, total)
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console(sys.stderr), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)

    @contextmanager
    def steps(self) -> Iterator[Steps]:
        """Bars for work in several named parts, one bar each, from the first step on; a line a
        minute where no terminal is.

        Before it, questions may be asked.
        """
        if not sys.stderr.isatty():
            yield MinuteLines(self.note).advance
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
        )
        bar = Progress(*columns, console=self._console(sys.stderr), transient=True)
        tasks: dict[str, TaskID] = {}

        def advance(what: str, done: int, total: int) -> None:
            # Before the first step the terminal is free for questions.
            bar.start()
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.update(tasks[what], completed=done)

        try:
            yield advance
        finally:
            bar.stop()

    def _write(self, document: Json) -> None:
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=True) + "\n")

    def _console(self, stream: TextIO) -> Console:
        width = None if stream.isatty() else _PLAIN_WIDTH
        return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def _cut(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return text
    return f"{text[: longest - 1]}…"


def visible(text: str) -> str:
    """The text with every character that would not print, or would turn others round, escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def key_document(key: PublicKey) -> dict[str, str]:
    """A key as a program takes it: whole, its fingerprint, and the words people compare."""
    fingerprint = key.fingerprint()
    return {"fingerprint": fingerprint, "words": words_of(fingerprint), "public_key": key.hex}


def key_text(fingerprint: str) -> str:
    """Two lines: a fingerprint in groups of four, and its words."""
    groups = " ".join(fingerprint[i : i + 4] for i in range(0, len(fingerprint), 4))
    return f"  fingerprint  {groups}\n  words        {words_of(fingerprint)}"


def date(unix_seconds: int) -> str:
    """A point in time, UTC, to the second."""
    return datetime.fromtimestamp(unix_seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
