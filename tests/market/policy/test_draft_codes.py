"""A comma between two digits may be a decimal comma: one code or two is for the owner to say."""

from __future__ import annotations

import pytest

from market.policy.drafts.draft_items import codes_of


@pytest.mark.parametrize("text", ["999,0", "NA, -9,5", "-1\n98,99"])
def test_one_or_two_codes_is_asked(text: str) -> None:
    with pytest.raises(ValueError, match="one code or two"):
        codes_of(text)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('"999,0", NA', ("999,0", "NA")),
        ("999, 0", ("999", "0")),
        ("97,98,99", ("97", "98", "99")),
        ("NA,-1", ("NA", "-1")),
        ("", ()),
    ],
)
def test_what_can_be_told_is_not_asked(text: str, codes: tuple[str, ...]) -> None:
    assert codes_of(text) == codes
