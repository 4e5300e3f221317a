"""One program in the real sandbox."""

from __future__ import annotations

from pathlib import Path

from market.adapters.sandbox.output import Folders, hand_over, read_output
from market.adapters.sandbox.run import Outcome, RunConditions, SandboxLimits, run_sandboxed

CONDITIONS = RunConditions("", 1)
LIMITS = SandboxLimits(wall_seconds=10)


def run(folder: Path, source: str, *, limits: SandboxLimits = LIMITS) -> tuple[Outcome, str]:
    """Run a program; what it wrote to /out/answer, or an empty string."""
    folders = Folders(*(folder / name for name in ("repo", "sdk", "input", "answer")))
    for seen in (folders.repository, folders.sdk, folders.inputs):
        seen.mkdir()
    folders.output.touch()
    (folders.repository / "program.py").write_text(source)
    hand_over(folder)
    outcome = run_sandboxed(["program.py"], folders, limits, CONDITIONS)
    answer = read_output(folders.output, 1_000)
    return outcome, (answer or b"").decode()
