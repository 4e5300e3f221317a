"""What a notebook shows of a value: HTML of one template each, escaped always.

Titles, names and labels are other people's words; a notebook runs whatever script it is shown.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from market.pages import words
from market.pages.environment import page_environment

_ENVIRONMENT = page_environment(Path(__file__).with_name("templates"))
_ENVIRONMENT.filters["half_width"] = words.half_width
_ENVIRONMENT.filters["base64"] = lambda data: base64.b64encode(data).decode()


def shown(template: str, **values: Any) -> str:
    """A template of this room, filled in."""
    return _ENVIRONMENT.get_template(template).render(**values)
