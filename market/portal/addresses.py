"""Addresses that doors of the portal share: what a path may name, and where a link leads."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path

from market.settings import Settings

LARGEST_NUMBER: Final = 2**31 - 1
DraftNumber = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]


def password_address(settings: Settings, secret: str) -> str:
    """Where the one-time link with this secret leads."""
    return f"{settings.portal_url}/password/{secret}"
