"""The one list of names that can be asked: a dataset's is never a consortium's, nor the reverse."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, select

from market.database.catalogue.tables import CATALOGUE_NAME
from market.database.engine import insert_new

NameKind = Literal["dataset", "consortium"]


def claim_name(connection: Connection, name: str, kind: NameKind) -> bool:
    """Whether a name is of this kind: it is from now on, if it was none before."""
    insert_new(connection, CATALOGUE_NAME, name=name, kind=kind)
    held = select(CATALOGUE_NAME.c.kind).where(CATALOGUE_NAME.c.name == name)
    return bool(connection.execute(held).scalar_one() == kind)
