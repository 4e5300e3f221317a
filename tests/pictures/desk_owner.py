"""Pictures of an owner's desk: 1280 and 390 pixels wide, light and dark.

    PYTHONPATH=.:tests .venv/bin/python -m pictures.desk_owner FOLDER [WORD ...]

Only pages whose name holds one of the words are taken; all without any.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pictures.portal import SCHEMES, WIDTHS
from world.live_market import live_market
from world.live_pages import browsing
from world.owners_day import fill
from world.served_desk import served_desk
from world.signed_in_desk import SCOPES, signed_in_home


def main() -> None:
    """Take them."""
    folder, words = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        browsing() as browser,
        live_market(Path(home)) as market,
    ):
        signed_in_home(market, market.root / "client", "olga", *SCOPES)
        with served_desk(market.root) as (desk, admission):
            pages = fill(market, desk)
            for width in WIDTHS:
                for scheme in SCHEMES:
                    context = browser.new_context(
                        color_scheme=scheme, viewport={"width": width, "height": 800}
                    )
                    page = context.new_page()
                    link = admission.new_link()
                    page.goto(link)
                    for name, path in pages.items():
                        if words and not any(word in name for word in words):
                            continue
                        page.goto(link.partition("/enter")[0] + path)
                        file = folder / f"{name}-{width}-{scheme}.png"
                        page.screenshot(path=file, full_page=True)
                    context.close()


if __name__ == "__main__":
    main()
