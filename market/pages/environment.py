"""One template environment for every page: escaping always on, one set of words.

Who serves pages has templates of their own, which extend `frame.html` and import `parts.html`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from market import promise
from market.pages import words
from market.plan import program_words
from market.plan.plural import plural
from market.pricing import loss
from market.records.fingerprint_words import words_of

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
"""What is served under /static/, as it is."""

_FILTERS = (
    loss.delta_text,
    loss.epsilon_text,
    loss.rho_text,
    loss.shown_epsilon,
    plural,
    program_words.in_quotation,
    words.count,
    words.counted,
    words.duration,
    words.fingerprint,
    words.machine_moment,
    words.moment,
    words.money,
    words.size,
    words.upper_first,
    words_of,
)


def page_environment(templates: Path, *, base: str = "") -> Environment:
    """The environment of whoever serves pages.

    Args:
        templates: the folder of their own templates.
        base: what the paths of all of their pages begin with.
    """
    environment = Environment(
        loader=FileSystemLoader([templates, _HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({one.__name__: one for one in _FILTERS})
    environment.globals["base"] = base
    environment.globals["promise"] = promise
    environment.globals["static_version"] = _static_version()
    return environment


def _static_version() -> str:
    """Changes with any static file, so that browsers may keep them for long."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
