"""The extra `client`, installed alone from the built wheel, opens the demo's sealed result."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from servers.demo import ToldDemo

from market.demo.roles import ROOT

pytestmark = pytest.mark.timeout(1_200)

MAXIMUM_BYTES = 60_000_000
FOREIGN = ("tenseal", "airflow", "pyspark", "opendp", "numpy", "sqlalchemy", "fastapi")


def run(*command: object, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build_wheel(folder: Path) -> Path:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    run(*build, ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def pins() -> str:
    text = (ROOT / "requirements.lock").read_text()
    return "\n".join(re.findall(r"^[A-Za-z0-9_.-]+==[^\s;\\]+", text, re.MULTILINE)) + "\n"


def size_bytes(folder: Path) -> int:
    own = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum(path.stat().st_size for path in own)


def test_client_alone_opens_the_sealed_result(told_demo: ToldDemo, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path)
    venv.create(tmp_path / "venv")
    # This pip installs over there: one of its own would be no part of what is tested.
    pip = (sys.executable, "-m", "pip", "--python", tmp_path / "venv")
    packages = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    before = size_bytes(packages)
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(pins())
    run(*pip, "install", "-q", "-c", constraints, f"{wheel}[client]")
    assert size_bytes(packages) - before <= MAXIMUM_BYTES
    for name in FOREIGN:
        assert not (packages / name).exists(), name

    job = told_demo.report["job"]
    home = told_demo.stage.role("buyer").environment["MARKET_CLIENT_HOME"]
    market = tmp_path / "venv" / "bin" / "market"
    opened = json.loads(run(market, "result", "open", job, "--json", MARKET_CLIENT_HOME=home))
    values = {
        (answer["name"], ", ".join(cell["labels"])): cell["value"]
        for answer in opened["answers"]
        for cell in answer["cells"]
    }
    told = {(line["statistic"], line["cell"]): line["opened"] for line in told_demo.report["lines"]}
    assert values == told
