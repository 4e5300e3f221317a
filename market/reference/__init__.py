"""Pages made from the code itself, so that they cannot be behind it.

error_codes     every error code of the product, read off the places that raise it
settings_page   every setting of the platform and of the key agent, read off their classes
rooms           every package and module, with the first sentence of its docstring
pages           all of it as Markdown: ERRORS.md, METRICS.md, ROOMS.md, SETTINGS.md, beside this
explain         one code's entry, for `market explain CODE`

`python -m market.reference` writes the pages; a test compares them with the code.
"""
