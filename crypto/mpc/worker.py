"""`python -P -m crypto.mpc.worker`: one session of a consortium, as its stdin specifies it.

It takes no arguments: MPyC would read them, and everybody on the host can. See crypto.mpc.pipes for
what goes in and comes out; the exit code is 0 when the session is done, 3 when it was aborted.
"""

from __future__ import annotations

from crypto.mpc.process import run_and_exit
from crypto.mpc.programs.fixed_list import PROGRAMS

if __name__ == "__main__":
    run_and_exit(PROGRAMS)
