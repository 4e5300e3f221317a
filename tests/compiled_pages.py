"""A page's template is compiled once per process of the tests.

Each portal and each desk has an environment of its own and compiles what it shows: a program has
one, a run of all tests hundreds. What a template is compiled to depends on its text, by which it is
kept, and on settings in which all environments are alike.
"""

from __future__ import annotations

from functools import partial
from types import CodeType

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from market.pages import environment


class CompiledTemplates(BytecodeCache):
    """In memory, by the template's name and the digest of its text."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._found.get((bucket.key, bucket.checksum)):
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self._found[bucket.key, bucket.checksum] = bucket.code


setattr(
    environment,
    Environment.__name__,
    partial(Environment, bytecode_cache=CompiledTemplates()),
)
