"""The one bridge from typed errors to HTTP: problem documents (RFC 9457) for programs, a page of
the same words for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from crypto.errors import CryptoError
from market.errors import (
    Conflict,
    MarketError,
    NotFound,
    NotPermitted,
    Refused,
    TooMany,
    Unavailable,
)
from market.plan.text import readable


class NotSignedIn(NotPermitted):
    """Nobody is signed in, or the token is not known."""

    def __init__(self) -> None:
        super().__init__("not-signed-in", "You are not signed in.", "Sign in, or `market login`.")


class TooLarge(Refused):
    """A body larger than its route takes."""

    def __init__(self) -> None:
        super().__init__(
            "body-too-large",
            "The request's body is larger than this address takes.",
            "Send documents one by one, and data through signed object addresses.",
        )


class TooSlow(Refused):
    """A body that did not arrive in the time its size gives it."""

    def __init__(self) -> None:
        super().__init__(
            "body-too-slow",
            "The request's body did not arrive in time.",
            "Send it again by a faster line.",
        )


class LongBody(NotPermitted):
    """A long body of somebody who has no use for its route."""

    def __init__(self) -> None:
        super().__init__(
            "body-not-yours",
            "A body of this length is read from an owner's token alone, with the scope it needs.",
            "Sign in with that scope (market login --scope ..., market agent login).",
        )


class InternalFailure(Unavailable):
    """A defect of the portal: its log says more under the request id."""

    def __init__(self, request_id: str) -> None:
        super().__init__(
            "internal-error",
            f"The portal failed on this request ({request_id}).",
            "Try again; if it repeats, give the administrator this number.",
        )


STATUS: dict[type[MarketError], int] = {
    InternalFailure: 500,
    NotSignedIn: 401,
    TooLarge: 413,
    TooSlow: 408,
    TooMany: 429,
    Refused: 422,
    NotFound: 404,
    NotPermitted: 403,
    Conflict: 409,
    Unavailable: 503,
}


_LONGEST_PLACE = 200
_STATUS_OF_CODE = {
    "too-many-attempts": 429,
    "too-many-quotes": 429,
    "too-many-uploads": 429,
    "upload-too-slow": 408,
}
PROBLEM_STATUSES: Final = sorted({*STATUS.values(), *_STATUS_OF_CODE.values()})
PROBLEM_TYPE: Final = "application/problem+json"


def status_of(error: MarketError) -> int:
    """The status of the error's code, or of the nearest kind the table names."""
    if error.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.code]
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


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


def problem_response(error: MarketError, *, status: int | None = None) -> JSONResponse:
    """A problem document. `status` stands in for the error's own."""
    problem = {**problem_of(error), "status": status or status_of(error)}
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, NotSignedIn) else {}
    return JSONResponse(
        problem,
        problem["status"],
        headers={**headers, **headers_of(error)},
        media_type=PROBLEM_TYPE,
    )


def headers_of(error: MarketError) -> dict[str, str]:
    """What an error says to programs that read no body, be it on a page or in a document."""
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}


def malformed(error: CryptoError) -> Refused:
    """A document that is not what its format says."""
    return Refused(
        "document-malformed", f"{error}.", "Send the document the installed client made."
    )


def invalid(error: RequestValidationError) -> Refused:
    """A request that is not what its route takes. What was sent is not repeated."""
    first = error.errors()[0]
    # A member that no route knows was named by whoever sent it.
    where = readable(".".join(str(part) for part in first["loc"])[:_LONGEST_PLACE])
    return Refused(
        "request-malformed",
        f"{where}: {first['msg']}.",
        "Compare the request with /api/v1/openapi.json.",
    )


def of_http(error: HTTPException) -> MarketError:
    """The framework's own refusals, in the product's words."""
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return TooLarge()
    if error.status_code == HTTPStatus.REQUEST_TIMEOUT:
        return TooSlow()
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        return NotSignedIn()
    if error.status_code == HTTPStatus.FORBIDDEN:
        return LongBody()
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound("no-page", "There is nothing at this address.", "Start at the catalogue.")
    return Refused(
        "request-malformed",
        f"The request was not understood: {error.detail}.",
        "Compare the request with /api/v1/openapi.json.",
    )
