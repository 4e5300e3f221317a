"""Every example notebook runs from its first cell to its last, and is kept without outputs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from world.command_lines import CommandLines
from world.python_market import python_market, work

import market

FOLDER = Path(market.__file__).parent / "templates" / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
WHO = {"buyer": "bob", "owner": "olga", "member": "bob", "operator": "ada"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLines]:
    with python_market(tmp_path_factory.mktemp("market")) as place:
        yield place


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_kept_without_outputs(name: str) -> None:
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.processes
@pytest.mark.parametrize("name", NAMES)
def test_notebook_runs_to_its_end(
    name: str, place: CommandLines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    (given,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    given.source += f"\nDATASET, FOLDER = 'visits', {str(tmp_path / 'ask')!r}"
    given.source += "\nCONFIRM = lambda words: not print(words)"
    monkeypatch.setenv("MARKET_CLIENT_HOME", str(place.root / WHO[name]))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(FOLDER.parents[2])]))

    def others_work(cell: Any, **_: Any) -> None:
        """What happens elsewhere between a person's cells."""
        if "new_program" in cell.source:
            push(tmp_path / "ask")
        if name == "buyer":
            work(place)

    run = NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}},
        on_cell_executed=others_work,
    )  # fmt: skip
    run.execute()
    texts = "".join(str(cell.get("outputs", "")) for cell in notebook.cells)
    assert "Traceback" not in texts
    if name == "buyer":
        assert "data:image/svg+xml" in texts
        assert list(tmp_path.glob("job-*.html"))


def push(folder: Path) -> None:
    """To where the platform can fetch it: it lies there already."""
    origin = ("remote", "add", "origin", folder.as_uri())
    subprocess.run(["git", "-C", str(folder), *origin], check=True)
