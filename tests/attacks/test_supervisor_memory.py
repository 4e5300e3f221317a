"""A program reads and rewrites the process that keeps it in the sandbox."""

from __future__ import annotations

from world.passable import passable_folder
from world.sandboxed import run

# At an address that is there: a read at 0 fails whoever reads.
SOURCE = """\
answer = lambda words: open('/out/answer', 'w').write(words)
try:
    line = next(line for line in open('/proc/1/maps') if '[stack]' in line)
    with open('/proc/1/mem', 'r+b', buffering=0) as memory:
        address = int(line.split('-')[1].split()[0], 16) - 4096
        memory.seek(address)
        found = memory.read(16)
        memory.seek(address)
        memory.write(found)
except OSError as error:
    answer(type(error).__name__)
else:
    answer('rewritten')
"""


def test_memory_of_the_first_process_is_not_there() -> None:
    with passable_folder() as folder:
        outcome, answer = run(folder, SOURCE)
    assert outcome.status == 0
    assert answer == "FileNotFoundError"
