"""A browser at a desk of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from world.desk_browser import DeskBrowser


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[DeskBrowser]:
    browser = DeskBrowser.at(tmp_path)
    yield browser
    browser.desk.close()
