"""An opened result in a notebook: frames, charts, files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from market.adapters.private_files import write_private_new
from market.charts.chart import Chart, chart_of
from market.charts.theme import Theme
from market.client.analysis.frames import frame_of_answer
from market.client.analysis.html import shown
from market.client.analysis.result_files import Format, reported, result_files
from market.client.kept.home import ClientHome
from market.client.results.opened_answers import answers_in
from market.errors import Conflict, NotFound
from market.pages.answer_rows import answer_tables
from market.plan.answers import Answer


class Plot:
    """A chart that a notebook shows in the reader's theme; `svg` and `png` give its bytes."""

    def __init__(self, light: Chart, dark: Chart) -> None:
        self.light = light
        self.dark = dark

    def svg(self, theme: Theme = "light") -> bytes:
        """The picture as SVG."""
        return (self.light if theme == "light" else self.dark).svg()

    def png(self, theme: Theme = "light", scale: int = 2) -> bytes:
        """The picture as PNG."""
        return (self.light if theme == "light" else self.dark).png(scale)

    def __repr__(self) -> str:
        return self.light.alt

    def _repr_html_(self) -> str:
        return shown("plot.html", plot=self)


class Result(Mapping[str, pd.DataFrame]):
    """The answers of one job by their names, each a frame (market.client.analysis.frames)."""

    def __init__(self, home: ClientHome, document: Mapping[str, Any]) -> None:
        self._home = home
        self.document = document
        self.job = str(document["job"])
        self.answers: dict[str, Answer] = {one.name: one for one in answers_in(document["answers"])}

    def __getitem__(self, name: str) -> pd.DataFrame:
        return frame_of_answer(self.answer(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.answers)

    def __len__(self) -> int:
        return len(self.answers)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.answers)

    def answer(self, name: str) -> Answer:
        """One answer as it was decoded.

        Raises:
            NotFound: `no-answer`: the job asked nothing of this name.
        """
        if name not in self.answers:
            raise NotFound(
                "no-answer",
                f"Job {self.job} has no answer named {name!r:.60}.",
                f"It has {', '.join(self.answers)}.",
            )
        return self.answers[name]

    def plot(self, name: str) -> Plot:
        """An answer's chart (raises NotFound: `no-answer`, `no-chart`)."""
        answer = self.answer(name)
        light, dark = chart_of(answer, theme="light"), chart_of(answer, theme="dark")
        if light is None or dark is None:
            raise NotFound(
                "no-chart",
                f"No answer named {name!r:.60} can be drawn.",
                "Look at its numbers, and at their notes.",
            )
        return Plot(light, dark)

    def export(self, kind: Format, folder: str | Path = ".") -> list[Path]:
        """Write the result into files of a folder, mode 0600, and return where they lie.

        Raises:
            Conflict: `export-exists`. NotFound: `no-chart`.
        """
        files = result_files(self._home, self.document, kind)
        paths = [Path(folder) / name for name in files]
        for path, data in zip(paths, files.values(), strict=True):
            try:
                write_private_new(path, [data])
            except FileExistsError as error:
                raise Conflict(
                    "export-exists", f"{path} exists already.", "Choose another folder."
                ) from error
        return paths

    def __repr__(self) -> str:
        return f"<answers of {self.job}: {', '.join(self.answers)}>"

    def _repr_html_(self) -> str:
        said = reported(self._home, self.document)
        return shown("result.html", said=said, tables=answer_tables(self.document["answers"]))
