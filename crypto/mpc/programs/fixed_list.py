"""The programs a worker can run, by name: there are no others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from crypto.mpc.program import MakeProgram
from crypto.mpc.programs.join import make_join
from crypto.mpc.programs.names import JOIN, UNION
from crypto.mpc.programs.union import make_union

PROGRAMS: Mapping[str, MakeProgram] = MappingProxyType({JOIN: make_join, UNION: make_union})
