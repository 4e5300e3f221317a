"""What Airflow's pages do not show to readers who may not use it (setting [api] theme).

Airflow shows everybody the same buttons, and refuses them when they are pressed
(market.airflow.single_sign_on.rights); its one style sheet is for all readers alike. But its pages
mark who has no part in Airflow's administration: their link to its assets is disabled. Words there
are in the reader's own language, so what is hidden is named by test ids, addresses and icons of the
pinned release; tests/end_to_end/test_buyers_airflow.py looks at it as a buyer and as an
administrator. Nothing here is a right: what is missed is shown, and refused.
"""

from __future__ import annotations

import json
from typing import Final

_READER: Final = 'body:has([data-testid="nav-assets-link"][disabled])'
_HEAD: Final = '[data-testid="header-card"]'

HIDDEN_FROM_ALL: Final = {"answers to waits": '[data-testid^="hitl-option-"]'}
"""What the platform alone may press."""

HIDDEN_FROM_READERS: Final = {
    "assets": '[data-testid="nav-assets-link"]',
    "assets' events": 'div:has(> div > [data-testid="asset-sort-duration"])',
    "tab of assets' events": 'a[href*="/dags/"][href$="/asset_events"]',
    "pause": '[data-testid="toggle-pause"]',
    "delete": 'button:has(> svg polyline[points="3 6 5 6 21 6"])',
    "read anew": f'{_HEAD} button:has(> svg[viewBox="0 0 1024 1024"])',
    "clear": f'{_HEAD} button:has(> svg[fill="none"][stroke-width="0"])',
    "mark as": f'{_HEAD} button[aria-haspopup="menu"]',
    "note": f'{_HEAD} + div:has(> div > svg[viewBox="0 0 256 256"])',
    "acts on a line": '[data-testid="table-cell-actions"] > *',
    "choice of lines": '[data-testid="table-cell-select"] > *',
    "choice of all lines": 'th > label[data-scope="checkbox"]',
    "backfill": 'label:has(> input[value="backfill"])',
    "tab of the source": 'a[href*="/dags/"][href$="/code"]',
    "health of components": (
        'div:has(> div > h2):has(> div > [data-testid="state-badge"][data-scope="tooltip"])'
    ),
}
"""What a buyer or a consortium's member may not use, by what it is."""


def theme() -> str:
    """The style sheet, as Airflow takes one (JSON)."""
    hidden = {"display": "none !important"}
    selectors = [
        *HIDDEN_FROM_ALL.values(),
        *(f"{_READER} {selector}" for selector in HIDDEN_FROM_READERS.values()),
    ]
    return json.dumps({"globalCss": dict.fromkeys(selectors, hidden)})
