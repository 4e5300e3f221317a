"""Once it is forbidden, nothing unpickles: each way is tried in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

READERS = """
import io, pickle, sys, _pickle, numpy, multiprocessing.reduction, shelve
from pickle import loads as loads_before, Unpickler as unpickler_before
from pathlib import Path
from crypto.mpc.unpickling import UnpicklingForbidden, forbid_unpickling

class Made:
    def __reduce__(self):
        return Path, ("made",)

data = pickle.dumps(Made())
array = io.BytesIO()
numpy.save(array, numpy.array([Path("made")]), allow_pickle=True)
array.seek(0)
class Named(pickle.Unpickler):
    pass
class Python(pickle._Unpickler):
    pass
readers = {
    "loads": lambda: pickle.loads(data),
    "load": lambda: pickle.load(io.BytesIO(data)),
    "unpickler": lambda: pickle.Unpickler(io.BytesIO(data)).load(),
    "in-c": lambda: _pickle.loads(data),
    "in-python": lambda: pickle._loads(data),
    "numbers-only": lambda: pickle.loads(pickle.dumps(5)),
    "imported-before": lambda: loads_before(data),
    "class-before": lambda: unpickler_before(io.BytesIO(data)).load(),
    "subclass-before": lambda: Named(io.BytesIO(data)).load(),
    "python-subclass-before": lambda: Python(io.BytesIO(data)).load(),
    "numpy": lambda: numpy.load(array, allow_pickle=True),
    "multiprocessing": lambda: multiprocessing.reduction.ForkingPickler.loads(data),
    "shelve": lambda: shelve.Unpickler(io.BytesIO(data)).load(),
}
if sys.argv[2] == "forbidden":
    forbid_unpickling()
try:
    print("read", readers[sys.argv[1]]())
except UnpicklingForbidden:
    print("forbidden")
"""
NAMES = (
    "loads", "load", "unpickler", "in-c", "in-python", "numbers-only", "imported-before",
    "class-before", "subclass-before", "python-subclass-before", "numpy", "multiprocessing",
    "shelve",
)  # fmt: skip
pytestmark = pytest.mark.processes


def said(name: str, state: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", READERS, name, state], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_no_reader_of_pickles_is_left(name: str) -> None:
    assert said(name, "forbidden") == "forbidden\n"
    assert said(name, "allowed").startswith("read ")
