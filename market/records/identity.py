"""How a person proves that a public key is his: a signature over his user id."""

from __future__ import annotations

IDENTITY_TAG = "market/identity/1"
