"""A text of its own for every field there is: of the API's description, and of the forms on pages.

Nobody lists the fields: a new one is planted because it is described, or because a page shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_SECRET = re.compile(r"passw|secret|token|^old$|^new$|proof|authorization|cookie|csrf", re.I)


@dataclass
class Planter:
    """Gives each place a marker, and remembers which it gave."""

    markers: dict[str, str] = field(default_factory=dict)
    """Place by marker."""

    def plant(self, place: str) -> str:
        """A marker that stands nowhere else; it is a name, a path and a line of text as well."""
        marker = f"planted{len(self.markers)}seed"
        self.markers[marker] = place
        return marker

    def secrets(self) -> dict[str, str]:
        """Those planted where somebody's secret goes."""
        return {at: place for at, place in self.markers.items() if _SECRET.search(last(place))}

    def found_in(self, text: str) -> dict[str, str]:
        """Markers that a text holds, each with its place."""
        return {marker: self.markers[marker] for marker in _MARKER.findall(text)}

    def value(self, schema: dict[str, Any], document: dict[str, Any], place: str) -> Any:
        """A value that a JSON schema admits, with a marker for every text in it."""
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if options := schema.get("anyOf"):
            return self.value(options[0], document, place)
        kind = schema.get("type", "string")
        if kind == "object":
            named = dict(schema.get("properties", {}))
            if isinstance(others := schema.get("additionalProperties"), dict):
                named[self.plant(f"{place} name")] = others
            return {
                name: self.value(inner, document, f"{place} {name}")
                for name, inner in named.items()
            }
        if kind == "array":
            return [self.value(schema["items"], document, place)]
        return {"integer": 1, "number": 1, "boolean": True}.get(kind) or self.plant(place)


_MARKER = re.compile(r"planted\d+seed")


def last(place: str) -> str:
    """The field's own name."""
    return place.rpartition(" ")[2]


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a page shows it; a field's value is what it came filled in with."""

    action: str
    fields: dict[str, str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post":
            self.forms.append(Form(given["action"], {}))
        elif tag in ("input", "textarea", "select", "button") and "name" in given and self.forms:
            self.forms[-1].fields[given["name"]] = given.get("value", "")


def forms_of(page: str) -> Iterator[Form]:
    """The forms of a page that are sent."""
    reader = _Reader()
    reader.feed(page)
    yield from reader.forms
