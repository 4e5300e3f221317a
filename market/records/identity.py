"""How a person proves that a public key is theirs: a signature over their user id."""

from __future__ import annotations

IDENTITY_TAG = "market/identity/1"
