"""Python's collector leaves alone what a run has loaded: modules, and the tests themselves.

They are a million objects, all of which stay to the end. It would look through them again and
again, while they are loaded and at every full collection from then on.
"""

from __future__ import annotations

import gc

gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
