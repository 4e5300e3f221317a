"""One program in a real sandbox: in bubblewrap, or as the one-shot sandbox confines it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from market.adapters.sandbox.output import Folders, hand_over, read_output
from market.adapters.sandbox.run import Outcome, RunConditions, SandboxLimits, run_sandboxed
from market.errors import Unavailable
from world.unprivileged import ACCOUNT, unprivileged_command, unprivileged_environment

CONDITIONS = RunConditions("", 1)
LIMITS = SandboxLimits(wall_seconds=10)
PROGRAM = "program.py"

Sandbox = Callable[[Folders, SandboxLimits, RunConditions], Outcome]


def bubblewrap(folders: Folders, limits: SandboxLimits, conditions: RunConditions) -> Outcome:
    """The program is given the path of its answer."""
    return run_sandboxed([PROGRAM, f"/out/{folders.output.name}"], folders, limits, conditions)


def confined(folders: Folders, limits: SandboxLimits, conditions: RunConditions) -> Outcome:
    """The same, in a process of its own without rights."""
    paths = (folders.repository, folders.sdk, folders.inputs, folders.output)
    _give(folders)
    told = {
        "arguments": [PROGRAM, str(folders.output)],
        "folders": list(map(str, paths)),
        "limits": asdict(limits),
        "conditions": asdict(conditions),
    }
    done = subprocess.run(
        unprivileged_command("-m", "world.confined_run", json.dumps(told)),
        env=unprivileged_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    if "code" in answer:
        raise Unavailable(answer["code"], answer["message"], "")
    return Outcome(**answer)


def _give(folders: Folders) -> None:
    if os.geteuid() == 0:
        for path in [*folders.repository.parent.rglob("*"), folders.repository.parent]:
            os.chown(path, ACCOUNT, ACCOUNT, follow_symlinks=False)


def run(
    folder: Path, source: str, *, limits: SandboxLimits = LIMITS, sandbox: Sandbox = bubblewrap
) -> tuple[Outcome, str]:
    """Run a program; what it wrote to the file it was given, or an empty string."""
    folders = staged(folder, source)
    outcome = sandbox(folders, limits, CONDITIONS)
    answer = read_output(folders.output, 1_000)
    return outcome, (answer or b"").decode()


def staged(folder: Path, source: str) -> Folders:
    """A program in folders that the sandboxed account can read."""
    folders = Folders(*(folder / name for name in ("repo", "sdk", "input", "answer")))
    for seen in (folders.repository, folders.sdk, folders.inputs):
        seen.mkdir()
    folders.output.touch()
    (folders.repository / PROGRAM).write_text(source)
    hand_over(folder)
    return folders
