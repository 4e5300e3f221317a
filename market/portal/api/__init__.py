"""The JSON API under /api/v1: a module for each kind of thing, bodies in, declared replies out."""
