"""What a person knows a client of theirs by: browser and system, as browsers name themselves.

Nothing else of a User-Agent (RFC 9110, section 10.1.5) is kept: versions and devices tell a
person's machines apart for others, not for them.
"""

from __future__ import annotations

from typing import Final

_BROWSERS: Final = {
    # The first that fits: browsers also name those that they want to be taken for.
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrom": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS: Final = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def client_name(user_agent: str) -> str:
    """Such as `Firefox on Linux`; empty for what is no browser that is known."""
    browser, system = (
        next((name for mark, name in known.items() if mark in user_agent), "")
        for known in (_BROWSERS, _SYSTEMS)
    )
    return " on ".join(filter(None, (browser, system)))
