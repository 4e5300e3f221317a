"""Run as a process, without rights: one program as the one-shot sandbox runs it.

Its argument is JSON, and so is what it prints: the outcome, or the error.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from market.adapters.sandbox.confined import run_confined, withdraw
from market.adapters.sandbox.output import Folders
from market.adapters.sandbox.run import RunConditions, SandboxLimits
from market.errors import MarketError


def main(text: str) -> None:
    told = json.loads(text)
    folders = Folders(*(Path(folder) for folder in told["folders"]))
    limits, conditions = SandboxLimits(**told["limits"]), RunConditions(**told["conditions"])
    try:
        withdraw()
        answer = asdict(run_confined(told["arguments"], folders, limits, conditions))
    except MarketError as error:
        answer = {"code": error.code, "message": error.message}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])
