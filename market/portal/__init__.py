"""HTTP in, services out: JSON under /api/v1, pages for people, problems as RFC 9457.

app          puts the parts together
access       who is asking: bearer tokens, sessions, CSRF
problems     typed errors to problem documents and pages
api_*        the JSON API
pages_*      the pages
objects      signed object URLs of the local store
"""
