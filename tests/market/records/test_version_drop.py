"""A version that is to go is named by its manifest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from world.builders import a_version_drop


@pytest.mark.parametrize("change", [{"version": 0}, {"dataset": "No!"}, {"manifest_hash": "ab"}])
def test_what_names_no_version_is_no_word(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"expected|characters"):
        replace(a_version_drop(), **change)
