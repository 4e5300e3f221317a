"""What must not reach a log: secrets by the name they stand under, or by their shape.

Rules: a value whose name speaks of tokens, secrets, passwords, shares, residues, noise or keys is
replaced, whatever it is; identifiers, fingerprints and public keys are not. In any other text,
bearer and market tokens, passwords in addresses, PEM blocks and signed JSON tokens are replaced,
and long hex is shortened to what tells two hashes apart. Long text is cut in its middle: of a
traceback the last lines say what was wrong. This is the second line: the first is that secrets are
`Secret`, which prints nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crypto.secret import HIDDEN, Secret

REDACTED = "<redacted>"
LONGEST_TEXT = 2_000
_DEEPEST = 8
_SHOWN_HEX = 12
_NAMES = re.compile(
    r"token|secret|passw|passphrase|share|residue|noise|unlock|seed|credential|cookie"
    r"|authorization|signature|private",
    re.IGNORECASE,
)
_KEY_NAME = re.compile(r"key", re.IGNORECASE)
_HARMLESS_KEY_NAME = re.compile(r"_id$|fingerprint|public", re.IGNORECASE)
_SHAPES = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+"), rf"\1 {REDACTED}"),
    (re.compile(r"\bmkt_[A-Za-z0-9_-]+"), REDACTED),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), REDACTED),
    (re.compile(r"-----BEGIN [^-]+-----.*?(-----END [^-]+-----|\Z)", re.DOTALL), REDACTED),
    (re.compile(r"(?<=://)[^/\s@:]*:[^/\s@]*(?=@)"), REDACTED),
    (
        re.compile(r"(?i)([?&](?:x-amz-)?(?:signature|token|credential)=)[^&\s\"']+"),
        rf"\1{REDACTED}",
    ),
)
_LONG_HEX = re.compile(r"[0-9a-fA-F]{64,}")


def redact(event: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a log event in which nothing that looks like a secret is left."""
    return {str(name): _redact_member(str(name), value, 0) for name, value in event.items()}


def redact_text(text: str) -> str:
    """Free text with secrets replaced, long hex shortened; of more than 2,000 characters the first
    and the last thousand."""
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    text = _LONG_HEX.sub(lambda match: match[0][:_SHOWN_HEX] + "…", text)
    if len(text) > LONGEST_TEXT:
        kept = LONGEST_TEXT // 2
        return f"{text[:kept]}… ({len(text)} characters) …{text[-kept:]}"
    return text


def _redact_member(name: str, value: Any, depth: int) -> Any:
    says_nothing = value is None or isinstance(value, bool) or value == ""
    if _names_a_secret(name) and not says_nothing:
        return REDACTED
    return _redact_value(value, depth)


def _redact_value(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Secret):
        return HIDDEN
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {
            redact_text(str(name)): _redact_member(str(name), item, depth + 1)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_redact_value(item, depth + 1) for item in value]
    return redact_text(value if isinstance(value, str) else repr(value))


def _names_a_secret(name: str) -> bool:
    if _NAMES.search(name):
        return True
    return bool(_KEY_NAME.search(name)) and not _HARMLESS_KEY_NAME.search(name)
