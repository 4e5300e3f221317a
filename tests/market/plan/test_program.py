"""What a repository's program may do; every refusal has its rule, file and line."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from crypto import canonical
from market import wire
from market.errors import Refused
from market.plan.factors import Product
from market.plan.plan import Plan
from market.plan.program import outcome, run_program
from market.plan.program_input import ProgramInput
from market.plan.schema import (
    BooleanColumn,
    CategoricalColumn,
    NumericColumn,
    PrivacyUnit,
    Schema,
)

SCHEMA = Schema(
    "small",
    (
        NumericColumn("x", "0", "10", "a number", "points", "midpoint", None, None),
        NumericColumn("y", "0", "10", "a number", "points", "midpoint", None, None),
        CategoricalColumn("g", ("a", "b"), "a group"),
        BooleanColumn("flag", "a flag", "false"),
    ),
    PrivacyUnit("person", 2, "a person"),
    9_000,
    (Product("x", "x"),),
)
ASKED = ProgramInput(("visits",), SCHEMA)
ROOT = Path(__file__).parents[3]
SECRET = "hunter2-" + "9f31"


def repository(folder: Path, source: str, **others: str) -> Path:
    (folder / "job.py").write_text(textwrap.dedent(source))
    for name, text in others.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text))
    return folder


def refusal(folder: Path, source: str, **others: str) -> Refused:
    with pytest.raises(Refused) as refused:
        run_program(repository(folder, source, **others), ASKED)
    return refused.value


LINES = {
    "x > 3": "plan-comparison",
    "x == 3": "plan-comparison",
    "x != y": "plan-comparison",
    "g != 1": "plan-comparison",
    'g < "a"': "plan-comparison",
    'ds["flag"] == 1': "plan-comparison",
    "x == True": "plan-condition",
    "1 if x else 2": "plan-branch",
    'not (g == "a")': "plan-branch",
    "x and y": "plan-branch",
    "[row for row in x]": "plan-rows",
    "[row for row in ds]": "plan-rows",
    "len(x)": "plan-rows",
    "len(ds)": "plan-rows",
    "x[0]": "plan-rows",
    "x[:10]": "plan-rows",
    "ds[0]": "plan-rows",
    "ds[1:5]": "plan-rows",
    'ds[["x", "y"]]': "plan-rows",
    "ds[x]": "plan-condition",
    "3 in x": "plan-rows",
    "ds.head()": "plan-rows",
    "x.tolist()": "plan-rows",
    "x.apply(abs)": "plan-rows",
    "ds.iloc": "plan-rows",
    "float(x)": "plan-conversion",
    "int(x.mean())": "plan-conversion",
    "round(x)": "plan-conversion",
    "[1, 2, 3][x]": "plan-conversion",
    "numpy.asarray(x)": "plan-conversion",
    "numpy.sqrt(x)": "plan-conversion",
    "numpy.array([1.0]) * x": "plan-conversion",
    'ds["z"]': "plan-column",
    'ds.group_by("z")': "plan-column",
    'g == "c"': "plan-level",
    "g + 1": "plan-categorical",
    "g.mean()": "plan-categorical",
    'ds.group_by("g")["g"].mean()': "plan-categorical",
    'ds.group_by("x")': "plan-not-categorical",
    "x.histogram()": "plan-not-categorical",
    "ds.group_by(x)": "plan-rows",
    "(x * y * y).sum()": "plan-degree",
    "(x ** 2 * y * y).mean()": "plan-degree",
    'ds.group_by("g")[x * y].sum()': "plan-degree",
    'ds.group_by("g")[y].variance()': "plan-degree",
    "(x * y).variance()": "plan-degree",
    "x ** 3": "plan-power",
    "2 ** x": "plan-operation",
    "x / y": "plan-division",
    "1 / x": "plan-division",
    "x / 3": "plan-division",
    "x / 0": "plan-division",
    "x // 2": "plan-operation",
    "x % 2": "plan-operation",
    "abs(x)": "plan-operation",
    'x & (g == "a")': "plan-condition",
    'x ^ (g == "a")': "plan-operation",
    'ds[g == "a"]["x"] + x': "plan-other-rows",
    "ds.count() - x.mean()": "plan-difference",
    "x.mean() + 1": "plan-operation",
    "x.mean() * 100": "plan-operation",
    "ds.x": "plan-method",
    "ds.filter(x)": "plan-method",
    "ds.where(True)": "plan-condition",
    "g.nunique()": "plan-method",
    "x.mean(skipna=True)": "plan-arguments",
    "x.correlation()": "plan-arguments",
    "ds.count(x)": "plan-arguments",
    "ds.linear_regression()": "plan-arguments",
    "x.sum() / ds.count()": "plan-operation",
    'x * float("nan")': "plan-constant",
    'x + float("inf")': "plan-constant",
    "x * 1e-30": "plan-constant",
    "x * 10 ** 30": "plan-constant",
    "x * decimal.Decimal('1e999999999')": "plan-constant",
    'x + "1"': "plan-operand",
    "x + None": "plan-operand",
    "x + g": "plan-operand",
    "x + True": "plan-operand",
    "x.correlation(3)": "plan-operand",
    "x.median()": "plan-method",
    "x.std()": "plan-method",
    'ds["x"].upper()': "plan-method",
    "x.mean().weighted(0)": "plan-share",
    "x.mean().weighted(1.5)": "plan-share",
    "x.mean().weighted(10 ** 9)": "plan-share",
    'ds.__setitem__("new", x)': "plan-assignment",
    "doubled(x, 40)": "plan-too-large",
    "squared(x, 60)": "plan-too-deep",
    "1 / 0": "program-raised",
    "undefined": "program-raised",
    "hash(x)": "program-raised",
}


@pytest.mark.parametrize(("line", "rule"), LINES.items(), ids=LINES)
def test_impossible_line_is_refused_by_its_rule_and_place(
    line: str, rule: str, tmp_path: Path
) -> None:
    source = f"""
    import decimal
    import numpy

    def doubled(x, times):
        for _ in range(times):
            x = x + x
        return x

    def squared(x, times):
        for _ in range(times):
            x = x * 2
        return x

    def build(ds):
        x, y, g = ds["x"], ds["y"], ds["g"]
        asked = (
            {line}
        )
        return {{"n": ds.count()}}
    """
    refused = refusal(tmp_path, source)
    assert refused.code == rule
    inside_function = {"plan-too-large": 7, "plan-too-deep": 12}
    assert refused.message.startswith(f"job.py:{inside_function.get(rule, 18)}: ")
    assert refused.next_action


PROGRAMS = {
    "a column": ("def build(ds):\n    return {'x': ds['x']}", "plan-rows", 1),
    "the dataset": ("\ndef build(ds):\n    return ds", "plan-rows", 2),
    "a list": ("def build(ds):\n    return [ds.count()]", "program-return", 1),
    "nothing": ("def build(ds):\n    ds.count()", "program-return", 1),
    "a number": ("def build(ds):\n    return {'x': 3}", "program-return", 1),
    "an empty dict": ("def build(ds):\n    return {}", "plan-empty", 1),
    "no build": ("def plan(ds):\n    return {}", "program-build", 1),
    "a class": ("class build:\n    pass", "program-build", 1),
    "two parameters": ("def build(ds, rows):\n    return {}", "program-build", 1),
    "a coroutine": ("async def build(ds):\n    return {}", "program-build", 1),
    "a generator": ("def build(ds):\n    yield 1", "program-return", 1),
    "201 statistics": (
        "def build(ds):\n    return {f's{i}': ds.count() for i in range(201)}",
        "plan-too-many",
        1,
    ),
    "a name in capitals": ("def build(ds):\n    return {'N': ds.count()}", "plan-name", 2),
    "a name with markup": ("def build(ds):\n    return {'<b>': ds.count()}", "plan-name", 2),
    "a number as name": ("def build(ds):\n    return {1: ds.count()}", "plan-name", 1),
    "a name twice": (
        "def build(ds):\n    return {\n        'n': ds.count(),\n        'n': ds.count(),\n    }",
        "program-duplicate-name",
        4,
    ),
    "an unknown law": ("LAW = 'none'\ndef build(ds):\n    return {}", "program-law", 1),
    "no law": ("LAW = None\ndef build(ds):\n    return {}", "program-law", 1),
    "syntax": ("def build(ds):\n    return {", "program-syntax", 2),
    "a null byte": ("x = 1\0", "program-syntax", 1),
    "an exception": ("def build(ds):\n    raise ValueError('x')", "program-raised", 2),
    "an exit": ("import sys\nsys.exit(0)", "program-raised", 2),
    "recursion": ("def build(ds):\n    return build(ds)", "program-raised", 2),
    "a missing module": ("import not_there_at_all", "program-import", 1),
    "a refusal of its own": (
        "from market.errors import Refused\nraise Refused('ok', 'all is well', 'pay')",
        "program-raised",
        2,
    ),
    "only constants": (
        "def build(ds):\n    return {'z': (ds['x'] - ds['x']).sum()}",
        "plan-opens-nothing",
        1,
    ),
}


@pytest.mark.parametrize(("source", "rule", "line"), PROGRAMS.values(), ids=PROGRAMS)
def test_impossible_program_is_refused_by_its_rule_and_place(
    source: str, rule: str, line: int, tmp_path: Path
) -> None:
    refused = refusal(tmp_path, source)
    assert refused.code == rule
    assert refused.message.startswith(f"job.py:{line}: ")
    assert "all is well" not in refused.message


def test_repository_without_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        run_program(tmp_path, ASKED)
    assert refused.value.code == "program-missing"


def test_refusal_in_another_module_names_that_file(tmp_path: Path) -> None:
    job = "import parts\n\ndef build(ds):\n    return {'n': parts.share(ds)}\n"
    parts = "def share(ds):\n\n    return ds['x'] / ds['y']\n"
    refused = refusal(tmp_path, job, parts=parts)
    assert refused.code == "plan-division"
    assert refused.message.startswith("parts.py:3: ")


def test_syntax_error_in_another_module_names_that_file(tmp_path: Path) -> None:
    refused = refusal(tmp_path, "import parts\n", parts="x = 1\ny = = 2\n")
    assert refused.code == "program-syntax"
    assert refused.message.startswith("parts.py:2: ")


def test_trace_names_the_line_of_each_statistic(tmp_path: Path) -> None:
    job = """
    import parts

    def build(ds):
        return {
            "n": ds.count(),
            "m": parts.mean(ds).weighted(4),
        }
    """
    parts = "def mean(ds):\n    return ds['x'].mean()\n"
    plan, trace = run_program(repository(tmp_path, job, parts=parts), ASKED)
    assert trace == {"n": "job.py:6", "m": "parts.py:2"}
    assert [named.share for named in plan.statistics] == [1, 4]


def test_nothing_of_a_program_stays_behind(tmp_path: Path) -> None:
    before, path = dict(sys.modules), list(sys.path)
    job = "import parts\n\ndef build(ds):\n    return {'n': ds.count()}\n"
    run_program(repository(tmp_path, job, parts="x = 1"), ASKED)
    assert sys.path == path
    assert "parts" not in sys.modules
    assert "job" not in sys.modules or sys.modules["job"] is before.get("job")
    assert {file.name for file in tmp_path.iterdir()} == {"job.py", "parts.py"}


SECRETIVE = {
    "raised": "def build(ds):\n    raise ValueError(SECRET)",
    "printed": "def build(ds):\n    print(SECRET)\n    1 / 0",
    "exited": "def build(ds):\n    import sys\n    sys.exit(SECRET)",
    "named a class": "def build(ds):\n    raise type(SECRET, (Exception,), {})()",
    "chained": "def build(ds):\n  try:\n    raise KeyError(SECRET)\n  finally:\n    1 / 0",
    "returned": "def build(ds):\n    return SECRET",
    "broken": "def build(ds):\n    SECRET = = 2",
}


@pytest.mark.parametrize("source", SECRETIVE.values(), ids=SECRETIVE)
def test_refusal_tells_nothing_a_program_holds(source: str, tmp_path: Path) -> None:
    program = f"SECRET = {SECRET!r}\n{source}\n"
    refused = refusal(tmp_path, program)
    assert SECRET not in str(refused)
    assert refused.__context__ is None
    assert refused.__cause__ is None


def run_module(folder: Path, tmp_path: Path) -> tuple[subprocess.CompletedProcess[str], bytes]:
    asked, out = tmp_path / "input.json", tmp_path / "out.json"
    asked.write_bytes(wire.encode(ASKED))
    start = (
        "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
        "runpy.run_module('market.plan.program', run_name='__main__', alter_sys=True)"
    )
    # No site directory: only the standard library can be imported, as in the sandbox.
    command = [sys.executable, "-I", "-S", "-B", "-c", start, str(ROOT)]
    ran = subprocess.run(
        [*command, str(folder), str(asked), str(out)], capture_output=True, text=True, check=False
    )
    return ran, out.read_bytes()


@pytest.mark.processes
def test_module_writes_the_plan_with_the_standard_library_alone(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    job = f"""
    print({SECRET!r})
    LAW = "laplace"

    def build(ds):
        total = sum(ds[name] for name in ("x", "y", "flag"))
        counts = {{f"n_{{i}}": (ds["g"] == level).sum() for i, level in enumerate(ds.levels("g"))}}
        return {{**counts, "total": (total / 4 - 1).mean(), "square": (ds["x"] ** 2).sum()}}
    """
    ran, written = run_module(repository(folder, job), tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    value = canonical.loads(written)
    plan = wire.from_json(Plan, value["plan"])
    assert plan.law == "laplace"
    assert [named.name for named in plan.statistics] == ["n_0", "n_1", "n_2", "total", "square"]
    assert set(value["trace"]) == {named.name for named in plan.statistics}
    assert run_program(folder, ASKED)[0] == plan


@pytest.mark.processes
def test_module_writes_the_refusal(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    ran, written = run_module(
        repository(folder, "def build(ds):\n    return ds['x'] > 2\n"), tmp_path
    )
    assert ran.returncode == 0
    assert json.loads(written)["refusal"]["code"] == "plan-comparison"
    assert canonical.loads(written) == outcome(folder, ASKED)


def test_long_sum_does_not_nest_deeply(tmp_path: Path) -> None:
    job = "def build(ds):\n    return {'s': sum(i * ds['x'] for i in range(1, 500)).sum()}\n"
    plan, _ = run_program(repository(tmp_path, job), ASKED)
    assert wire.decode(Plan, wire.encode(plan)) == plan


def test_template_builds_on_the_demonstration_columns() -> None:
    levels = ("excellent", "good", "fair", "poor")
    numeric = [
        NumericColumn(name, "0", "60", name, "", "midpoint", None, None)
        for name in ("visits", "disease")
    ]
    schema = Schema(
        "demo",
        (*numeric, CategoricalColumn("health", levels, "health")),
        PrivacyUnit(None, 1, "a row"),
        9_000,
        (),
    )
    plan, trace = run_program(
        ROOT / "market" / "templates" / "job", ProgramInput(("visits",), schema)
    )
    tags = [named.statistic.tag for named in plan.statistics]
    expected = ["count", "sum", "mean", "variance", "histogram", "group_by"]
    expected += ["difference", "correlation"]
    assert tags == expected
    assert all(place.startswith("job.py:") for place in trace.values())
