"""Every public call says what it takes, gives and raises: in its own place, or at its contract.

Nothing is written twice. A class whose docstring names the protocol it implements, as
`market.<room>.<module>.<Class>` or `crypto.mpc.<module>.<Class>`, leaves its methods to that; a
statistic leaves those of every statistic to market.plan.statistics.contract. Dunder methods,
properties of one line, and functions that only put an error into words speak for themselves.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = (
    "crypto", "spark_jobs", "market/ports", "market/adapters", "market/database", "market/services",
    "market/airflow", "market/vault", "market/client", "market/cli", "market/pricing",
    "market/plan", "market/judgement", "market/owner", "market/agent", "market/processes",
    "market/portal",
)  # fmt: skip
MODULES = sorted(
    path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts
)
PORT = re.compile(r"(market/(?:ports|pricing|services/\w+)/\w+|crypto/mpc/\w+)/([A-Z]\w+)")
STATISTICS = ROOT / "market/plan/statistics"
ERRORS = {"MarketError", "Refused", "Conflict", "NotFound", "NotPermitted", "Unavailable"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def calls(body: list[ast.stmt], described: frozenset[str] = frozenset()) -> Iterator[Function]:
    """The public functions and methods of a module or class, but those described elsewhere."""
    for node in body:
        if isinstance(node, Function):
            if not (node.name.startswith("_") or node.name in described or is_plain(node)):
                yield node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from calls(node.body, described | of_ports(ast.get_docstring(node) or ""))


def is_plain(node: Function) -> bool:
    """Whether it is a property of one line, an overload, or an error's words and nothing else."""
    names = {ast.unparse(decorator) for decorator in node.decorator_list}
    if "overload" in names or ("property" in names and len(node.body) == 1):
        return True
    is_error = node.returns is not None and ast.unparse(node.returns) in ERRORS
    return is_error and isinstance(node.body[-1], ast.Return)


def of_ports(docstring: str) -> frozenset[str]:
    """The methods of the ports that a class's docstring names."""
    named = PORT.findall(docstring.replace(".", "/"))
    return frozenset().union(*(methods(ROOT / f"{module}.py", name) for module, name in named))


def methods(path: Path, name: str) -> frozenset[str]:
    """The methods of a class, each with a docstring (another test sees to that)."""
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(
        method.name
        for found in tree.body
        if isinstance(found, ast.ClassDef) and found.name == name
        for method in found.body
        if isinstance(method, Function)
    )


def public_calls(path: Path) -> list[Function]:
    """The calls of a module that have to be described there."""
    is_statistic = path.parent == STATISTICS and path.name != "contract.py"
    shared = methods(STATISTICS / "contract.py", "Asked") if is_statistic else frozenset()
    return list(calls(ast.parse(path.read_text("utf-8")).body, shared))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_calls_are_described(path: Path) -> None:
    assert [call.name for call in public_calls(path) if not ast.get_docstring(call)] == []


def test_docstring_says_more_than_what_is_raised() -> None:
    """A caller wants to know what comes back, not only what may go wrong."""
    bare = [
        f"{path.relative_to(ROOT)}:{call.lineno} {call.name}"
        for path in MODULES
        for call in public_calls(path)
        if (ast.get_docstring(call) or "").startswith("Raises")
    ]
    assert bare == []


def test_port_speaks_for_its_methods_and_for_no_other() -> None:
    source = (
        "class Shelf:\n"
        '    """market.ports.receipts.Receipts on a shelf."""\n'
        "    def append(self): ...\n"
        "    def burn(self): ...\n"
        "class _Hidden:\n"
        "    def seen(self): ...\n"
    )
    assert [call.name for call in calls(ast.parse(source).body)] == ["burn"]
