"""What a browser sends of a page's form that nobody has touched."""

from __future__ import annotations

from html.parser import HTMLParser


def sent_form(page: str, action: str) -> dict[str, list[str]]:
    """The fields of the form that is sent to an address which ends so, in the order of the page."""
    reader = _Forms(action)
    reader.feed(page)
    assert reader.sent, f"no form for {action}"
    return reader.sent


class _Forms(HTMLParser):
    def __init__(self, action: str) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self._action, self._is_here = action, False
        self._select, self._options = "", list[tuple[str, bool]]()
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, value = said.get("name") or "", said.get("value") or ""
        if tag == "form":
            self._is_here = (said.get("action") or "").endswith(self._action)
        if not self._is_here:
            return
        match tag:
            case "input" if said.get("type") not in ("checkbox", "radio") or "checked" in said:
                self._send(name, value)
            case "select":
                self._select, self._options = name, []
            case "option":
                self._options.append((value, "selected" in said))
            case "textarea":
                self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            chosen = [value for value, is_selected in self._options if is_selected]
            self._send(self._select, (chosen or [self._options[0][0]])[-1])
            self._select = ""
        if tag == "textarea" and self._area is not None:
            # The first end of line behind the tag is none of the text; all are sent as CRLF.
            self._send(self._area, self._text.removeprefix("\n").replace("\n", "\r\n"))
            self._area = None
        if tag == "form":
            self._is_here = False

    def _send(self, name: str, value: str) -> None:
        if name:
            self.sent.setdefault(name, []).append(value)
