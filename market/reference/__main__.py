"""Write the generated pages."""

from __future__ import annotations

from market.reference.pages import pages

if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, "utf-8")
