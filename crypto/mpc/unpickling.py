"""Nothing is unpickled in a worker.

MPyC passes messages to pickle, which runs what its bytes name. This runtime has a codec of its own;
beyond that, the process itself loses the ability before a peer's first byte is read. The audit hook
cannot be taken out again and stands in front of every unpickler, also of one that was imported
before; the replaced functions refuse even what names no class.
"""

from __future__ import annotations

import _pickle
import pickle
import sys
from typing import NoReturn

_READERS = ("load", "loads", "Unpickler")
_PYTHON_READERS = ("_load", "_loads", "_Unpickler")


class UnpicklingForbidden(RuntimeError):
    """Something in this process tried to make objects of pickled bytes."""


def forbid_unpickling() -> None:
    """From here on no bytes become objects through pickle in this process; for good.

    Numba's cache of compiled kernels is pickle too: what is to be loaded from it is loaded before.
    """
    sys.addaudithook(_refuse_find_class)
    for name in _READERS:
        setattr(pickle, name, _refuse)
        setattr(_pickle, name, _refuse)
    for name in _PYTHON_READERS:
        setattr(pickle, name, _refuse)


def _refuse_find_class(event: str, _arguments: tuple[object, ...]) -> None:
    if event == "pickle.find_class":
        _refuse()


def _refuse(*_arguments: object, **_options: object) -> NoReturn:
    raise UnpicklingForbidden("pickled bytes are never read in a session's process")
