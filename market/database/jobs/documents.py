"""The documents of jobs in SQL, each written once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from market.database.engine import insert_new
from market.database.jobs.errors import document_differs
from market.database.jobs.tables import JOB_DOCUMENT
from market.entities.documents import Document, Documents


def keep(connection: Connection, job: str, documents: Iterable[Document]) -> None:
    """Write the documents of a job that are not there yet.

    Raises:
        Conflict: `document-differs`.
    """
    for document in documents:
        kind, party, text = document.kind, document.party, document.text
        if insert_new(connection, JOB_DOCUMENT, job=job, kind=kind, party=party, text=text):
            continue
        if read_documents(connection, job).find(kind, party) != text:
            raise document_differs(job, document)


def read_documents(connection: Connection, job: str) -> Documents:
    """All documents of a job, by kind and party."""
    table = JOB_DOCUMENT.c
    rows = connection.execute(
        select(table.kind, table.text, table.party)
        .where(table.job == job)
        .order_by(table.kind, table.party)
    )
    return Documents(tuple(Document(row.kind, row.text, row.party) for row in rows))
