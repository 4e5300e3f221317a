"""A fetched program reads the buyer's keys and calls out, while the client rebuilds its plan."""

from __future__ import annotations

import socket

from world.buyers_repository import commit_program
from world.passable import passable_folder
from world.sealed_results import DATASET, SCHEMA

from market.adapters.repository import FetchLimits
from market.client.questions.rebuild_plan import fetch_and_build
from market.plan.program_input import ProgramInput

SPY = """
import socket

def tried(action):
    try:
        action()
    except OSError:
        return "no"
    return "yes"

READ = tried(lambda: open({key!r}).read())
SENT = tried(lambda: socket.create_connection(("127.0.0.1", {port}), 2))

def build(ds):
    return {{f"read_{{READ}}_sent_{{SENT}}": ds.count()}}
"""


def test_program_reads_no_key_and_reaches_nobody() -> None:
    with passable_folder() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        # Readable by everybody: the sandbox keeps it away, not the mode.
        key = folder / "identity.key"
        key.write_text("the buyer's key")
        program = SPY.format(key=str(key), port=listener.getsockname()[1])
        repository = folder / "job"
        commit = commit_program(repository, program)
        built = fetch_and_build(
            f"file://{repository}",
            commit,
            ProgramInput((DATASET,), SCHEMA),
            FetchLimits(allow_file=True),
        )
    assert [named.name for named in built.plan.statistics] == ["read_no_sent_no"]
