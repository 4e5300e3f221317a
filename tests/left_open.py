"""What a failed test left open is closed at once.

The report of a failure keeps the frames of its test, and with them the connections of every
database that it would have closed further down. They end much later, in the middle of another
test, as a ResourceWarning that fails that one, too.
"""

from __future__ import annotations

from collections.abc import Generator
from types import TracebackType

import pytest

from market.database.engine import Database
from market.database.platform import PlatformDatabase


def close_left_open(traceback: TracebackType | None) -> None:
    """Close the databases that a failure's frames hold. One that others share opens again at its
    next step."""
    while traceback is not None:
        for held in traceback.tb_frame.f_locals.values():
            match held:
                case Database():
                    held.close()
                case PlatformDatabase():
                    held.database.close()
        traceback = traceback.tb_next


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None:
        close_left_open(call.excinfo.tb)
    return report
