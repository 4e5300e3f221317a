"""One run of Spark: a process group with a log and a wall limit, and what its failures are."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Final

from market.errors import Unavailable

AGAIN: Final = "Nothing was spent. Submit the job again once the platform's operator has mended it."


def run_limited(
    command: list[str], environment: dict[str, str], log: Path, *, wall_seconds: int
) -> None:
    """Run a command in a process group of its own, all output to `log`.

    Raises:
        Unavailable: `evaluation-timeout`, the group killed; `evaluation-failed` for an exit
            code other than 0.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            process_group=0,
        )
    try:
        code = process.wait(wall_seconds)
    except subprocess.TimeoutExpired as error:
        raise timed_out(wall_seconds, log) from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if code != 0:
        raise failed(f"ended with {code}", log)


def timed_out(wall_seconds: int, log: Path) -> Unavailable:
    """An evaluation over its wall limit."""
    return Unavailable(
        "evaluation-timeout",
        f"Spark did not end within {wall_seconds} s and was stopped.",
        f"Look at {log.name} in the platform's logs; raise evaluate_wall_seconds if need be.",
    )


def failed(what: str, log: Path) -> Unavailable:
    """An evaluation that came to nothing; `what` follows "Spark"."""
    return Unavailable(
        "evaluation-failed",
        f"Spark {what}.",
        f"Look at {log.name} in the platform's logs; nothing was spent, so submit again.",
    )


def disk_full() -> Unavailable:
    """An evaluation for which there was no room, on whichever machine of the platform."""
    return Unavailable(
        "platform-disk-full",
        "A disk of the platform is full, so the job could not be computed.",
        AGAIN,
    )
