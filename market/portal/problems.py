"""The one bridge from typed errors to HTTP (RFC 9457)."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

from crypto.errors import CryptoError
from market.errors import (
    Conflict,
    MarketError,
    NotFound,
    NotPermitted,
    Refused,
    Unavailable,
)

STATUS: dict[type[MarketError], int] = {
    Refused: 422,
    NotFound: 404,
    NotPermitted: 403,
    Conflict: 409,
    Unavailable: 503,
}


class NotSignedIn(NotPermitted):
    """Nobody is signed in, or the token is not known."""

    def __init__(self) -> None:
        super().__init__("not-signed-in", "You are not signed in.", "Sign in, or `market login`.")


def status_of(error: MarketError) -> int:
    if isinstance(error, NotSignedIn):
        return 401
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def problem_of(error: MarketError) -> dict[str, Any]:
    """The problem document's members."""
    return {
        "type": f"urn:market:problem:{error.code}",
        "title": error.code.replace("-", " ").capitalize(),
        "status": status_of(error),
        "detail": error.message,
        "code": error.code,
        "next_action": error.next_action,
    }


def problem_response(error: MarketError) -> JSONResponse:
    problem = problem_of(error)
    return JSONResponse(problem, problem["status"], media_type="application/problem+json")


def malformed(error: CryptoError) -> Refused:
    """A document that is not what its format says."""
    return Refused(
        "document-malformed", f"{error}.", "Send the document the installed client made."
    )
