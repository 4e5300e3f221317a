"""One code's entry of the page, for a person at a terminal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from market.errors import NotFound

_PAGE: Final = Path(__file__).with_name("ERRORS.md")
_ENTRY: Final = re.compile(r"^## `([a-z0-9-]+)`\n\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def explain(code: str) -> str:
    """What a code says and what to do, as plain text.

    Raises:
        NotFound: `no-code`: no error has this code.
    """
    entries = dict(_ENTRY.findall(_PAGE.read_text("utf-8")))
    if code not in entries:
        raise NotFound(
            "no-code",
            f"No error of this release has the code {code!r:.80}.",
            "Take the word before the colon of the message.",
        )
    return f"{code}\n\n{_unmarked(entries[code]).strip()}"


def _unmarked(markdown: str) -> str:
    return re.sub(r"\\(.)", r"\1", markdown.replace("`", "").replace("*", "")).replace("  \n", "\n")
