"""`python -P -m market.demo.consortium.lying_agent`: a member's agent whose worker lies.

Whoever runs an agent can do this to their own: it is their machine. All else of it is the product's
`market agent run`.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

from market.agent.sessions import run
from market.agent.sessions.worker import Worker
from market.cli.main import main

_LYING_WORKER = (sys.executable, "-P", "-m", "market.demo.consortium.lying_worker")


def lie() -> None:
    """Have this process's sessions computed by the lying worker."""
    session: Any = run
    session.Worker = partial(Worker, command=_LYING_WORKER)


if __name__ == "__main__":
    lie()
    sys.argv[1:] = ["agent", "run"]
    main()
