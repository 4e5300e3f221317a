"""The programs a worker can run, by name: there are no others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from crypto.mpc.program import MakeProgram
from crypto.mpc.programs import join, union

PROGRAMS: Mapping[str, MakeProgram] = MappingProxyType(
    {join.NAME: join.make_join, union.NAME: union.make_union}
)
