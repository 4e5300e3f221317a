"""`market ui`: pages for whoever holds keys, served on their own machine, to nobody else.

app            puts the parts together
admission      the one-time link, the cookie that follows, and whose requests are heard
desk           the homes, keys and portal that the pages work with
undertakings   long work: its steps, its questions, how it ended
pages          how a page is made
pages_*        the pages, by what somebody comes for

The portal serves none of this, so that no page of its can reach a key. The parts that pages are
put together from are the portal's (market.pages).
"""
