"""The API's description of itself: FastAPI's, with the problems a route answers in place of what is
asked. FastAPI would describe refusals of its own there, and this portal sends none of those.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from market.portal.problems import PROBLEM_STATUSES, PROBLEM_TYPE

_SCHEMAS = "HTTPValidationError", "ValidationError"
_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457, with a code (market/reference/ERRORS.md) and what to do next.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "next_action"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "pattern": "^urn:market:problem:[a-z0-9-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "pattern": "^[a-z0-9-]+$"},
        "next_action": {"type": "string"},
    },
}
_ANSWER = {
    "description": "A problem",
    "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe_problems(app: FastAPI) -> None:
    """Have the application's OpenAPI document name the problems of every route."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(describe())
        return app.openapi_schema

    # As FastAPI's documentation has it ("Extending OpenAPI").
    app.openapi = described  # type: ignore[method-assign]


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _SCHEMAS:
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].update({str(status): _ANSWER for status in PROBLEM_STATUSES})
    return document
