"""One reading of a passphrase, typed or from a file: what looks the same opens the same.

Unicode's composed form (NFC), as keyboards differ in which form they give; without the mark some
editors put before a text, and without the line's end. An empty one is none.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from crypto.secret import Secret
from market.errors import Refused

_MARK = "\ufeff"


def passphrase_of(text: str) -> Secret:
    """A passphrase as keys are locked with it.

    Raises:
        Refused: `secret-missing` when nothing is left; `secret-unreadable` for what is not text.
    """
    kept = unicodedata.normalize("NFC", text.removeprefix(_MARK).rstrip("\r\n"))
    if not kept:
        raise Refused("secret-missing", "The passphrase is empty.", "Take several words.")
    return secret_of(kept)


def secret_of(text: str) -> Secret:
    """A text's bytes in UTF-8, as a secret.

    Raises:
        Refused: `secret-unreadable`: it holds what was not text when it was typed.
    """
    try:
        return Secret(text.encode())
    except UnicodeEncodeError as error:
        raise Refused(
            "secret-unreadable",
            "What was typed is not text in UTF-8.",
            "Type it on a terminal in UTF-8, or give it in a file.",
        ) from error


def read_line(path: Path) -> str:
    """The first line of a file in UTF-8, with or without a mark before it.

    Raises:
        Refused: `secret-unreadable`, `secret-missing`.
    """
    try:
        line = path.read_text("utf-8-sig").split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            "secret-unreadable", f"{path} cannot be read.", "Give a readable text file in UTF-8."
        ) from error
    if not line:
        raise Refused("secret-missing", f"{path} begins with an empty line.", "Correct the file.")
    return line
