"""A repository's `job.py`: read, checked, made importable, and its failures given a place.

Nothing told about a program quotes it: of its exceptions only the class, the file and the line, of
an import that failed the module's name.
"""

from __future__ import annotations

import ast
import contextlib
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import TypeVar

from market.errors import Refused
from market.plan.arguments import wrong_arguments

PROGRAM = "job.py"
_LARGEST_SOURCE_BYTES = 1 << 20
_PLAN_DIRECTORY = Path(__file__).parent
_PRINTABLE = re.compile(r"[^A-Za-z0-9._/ -]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,59}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a file of the repository; the file is relative to it."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Source:
    """The compiled program, and where `build` begins (line 1 when there is none)."""

    code: CodeType
    build: Location


def load_source(root: Path) -> Source:
    """Read and compile `job.py` without running it.

    Raises:
        Refused: `program-missing`, `program-syntax` or `program-duplicate-name`.
    """
    path = root / PROGRAM
    text = _read(path)
    try:
        tree = ast.parse(text, filename=str(path))
        code = compile(tree, str(path), "exec")
    except SyntaxError as error:
        refusal = _syntax(Location(PROGRAM, error.lineno or 1))
    except (ValueError, RecursionError):
        refusal = _syntax(Location(PROGRAM, 1))
    else:
        _refuse_duplicates(tree)
        return Source(code, Location(PROGRAM, _line_of_build(tree)))
    # Outside the handler, so that no context carries the source text along.
    raise refusal


@contextlib.contextmanager
def importable(root: Path) -> Iterator[None]:
    """Modules of the repository can be imported inside, and are forgotten afterwards."""
    path, modules, writes = list(sys.path), dict(sys.modules), sys.dont_write_bytecode
    sys.path.insert(0, str(root))
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path[:] = path
        sys.dont_write_bytecode = writes
        for name, module in list(sys.modules.items()):
            if modules.get(name) is not module and _is_below(root, module):
                del sys.modules[name]
        sys.modules.update(
            {name: module for name, module in modules.items() if name not in sys.modules}
        )


def _is_below(root: Path, module: object) -> bool:
    file = getattr(module, "__file__", None)
    return bool(file and _relative(file, root))


def guarded(action: Callable[[], T], root: Path, otherwise: Location) -> T:
    """What the action returns; whatever it raises becomes a refusal with a place.

    Raises:
        Refused: the plan's own rule, or `program-raised` or `program-syntax`.
    """
    try:
        return action()
    except KeyboardInterrupt:
        raise
    # The program may raise anything, SystemExit and classes of its own included.
    except BaseException as error:  # noqa: BLE001
        refusal = _refusal(error, root, otherwise)
    # Outside the handler, so that no context carries the program's exception along.
    raise refusal


def located(refusal: Refused, location: Location) -> Refused:
    """The refusal with its place before the message."""
    return Refused(refusal.code, f"{location}: {refusal.message}", refusal.next_action)


def relative_location(file: str, line: int, root: Path, otherwise: Location) -> Location:
    """The location of a line of a file of the repository."""
    name = _relative(file, root)
    return Location(name, line) if name else otherwise


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise Refused(
            "program-missing",
            f"The repository has no file {PROGRAM}.",
            f"Put a {PROGRAM} with a function build(ds) at the top of the repository.",
        )
    size = path.stat().st_size
    if size > _LARGEST_SOURCE_BYTES:
        raise Refused(
            "program-missing",
            f"{PROGRAM} has {size} bytes, expected at most {_LARGEST_SOURCE_BYTES}.",
            "Keep the program to what describes the statistics.",
        )
    return path.read_bytes()


def _refusal(error: BaseException, root: Path, otherwise: Location) -> Refused:
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    lines = [line for _, line in traceback.walk_tb(error.__traceback__)]
    location = otherwise
    for frame, line in zip(frames, lines, strict=True):
        location = relative_location(frame.f_code.co_filename, line, root, location)
    if isinstance(error, SyntaxError) and _relative(error.filename or "", root):
        return _syntax(relative_location(error.filename or "", error.lineno or 1, root, location))
    # A refusal counts as ours only where our code raised it: its text is then ours too.
    raised_in = Path(frames[-1].f_code.co_filename).parent
    if isinstance(error, Refused) and raised_in.is_relative_to(_PLAN_DIRECTORY):
        return located(error, location)
    return located(_raised(error), location)


def _raised(error: BaseException) -> Refused:
    if isinstance(error, ImportError) and _MODULE.fullmatch(error.name or ""):
        return Refused(
            "program-import",
            f"The module {error.name} cannot be imported here.",
            "Only the standard library, the repository's own modules and the plan language are "
            "there, at the buyer as on the platform.",
        )
    if refused := wrong_arguments(error):
        return refused
    name = type(error).__name__
    return Refused(
        "program-raised",
        f"The program raised {name if _NAME.fullmatch(name) else 'an exception'}.",
        "Correct that line; the exception's message, which may hold anything, is not kept.",
    )


def _syntax(location: Location) -> Refused:
    return located(
        Refused(
            "program-syntax",
            "The program is not valid Python.",
            f"Try `python -m py_compile {location.file}`.",
        ),
        location,
    )


def _refuse_duplicates(tree: ast.Module) -> None:
    """Python keeps the last of two equal keys without a word; an answer would be missing."""
    for node in ast.walk(tree):
        seen: set[str] = set()
        for key in node.keys if isinstance(node, ast.Dict) else ():
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                continue
            if key.value in seen:
                refusal = Refused(
                    "program-duplicate-name",
                    "A dictionary has the same name twice.",
                    "Give every statistic a name of its own.",
                )
                raise located(refusal, Location(PROGRAM, key.lineno))
            seen.add(key.value)


def _line_of_build(tree: ast.Module) -> int:
    lines = [
        node.lineno
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == "build"
    ]
    return lines[-1] if lines else 1


def _relative(file: str, root: Path) -> str:
    """The file's name inside the repository, printable; "" when it lies elsewhere."""
    path = Path(file)
    if not path.is_absolute() or root not in path.parents or not path.is_file():
        return ""
    return _PRINTABLE.sub("?", path.relative_to(root).as_posix())[:100]
