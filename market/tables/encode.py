"""A table to encoded columns: clipped, mapped to [-1, 1], one-hot, padded with zeros.

Rows are taken batch by batch, in the table's order, and kept as small codes; the columns that are
encrypted are made from the codes, one at a time. No *value* makes it fail, since whether an upload
succeeds must not depend on a person:

    numeric       beyond the bounds: clipped; missing or unreadable: the column's null rule
    boolean       missing or unreadable: the column's null rule
    categorical   anything that is not a declared level, missing included: OTHER, or the row is
                  dropped, as the column says
    date          not from the first day to the last: OTHER; missing or unreadable: OTHER, or as the
                  null rule says
    unit          rows without a unit id, and rows of a person (market.tables.person) beyond
                  max_rows, are dropped: however many spellings of one id there are
    capacity      rows beyond the declared capacity are dropped

Each is counted in a report which is for the owner's eyes only: it is read off the data.

The promise counts the rows of one unit more or less. In a table larger than its declared capacity
that unit also displaces as many rows of others, so its rows may count twice: an owner whose report
shows rows dropped beyond capacity declares a larger one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crypto.parameters import Parameters
from market.plan.schema import Column, Schema
from market.plan.written import ways_to_read
from market.tables.coded_rows import CodedRows, padded
from market.tables.column_codes import Fate, Flags, coder, leaves_out
from market.tables.contributions import Contributions, CountedInMemory, ranks
from market.tables.person import person_in
from market.tables.table import Batch, Cells, Codes, Floats, Table, batch_of, column_names


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """How many cells of a column were beyond its bounds, had nothing in them or a code that is
    declared missing, could not be read, or were not a level or a day that is declared."""

    name: str
    clipped: int
    missing: int
    unreadable: int
    other: int


@dataclass(frozen=True, slots=True)
class EncodingReport:
    """What encoding changed. For the owner alone: every number is read off the data."""

    rows_seen: int
    rows_kept: int
    units_kept: int
    dropped_null: int
    dropped_without_unit: int
    dropped_beyond_unit: int
    dropped_beyond_capacity: int
    ignored_columns: tuple[str, ...]
    columns: tuple[ColumnReport, ...]


@dataclass(frozen=True, slots=True)
class Encoded:
    """`columns` maps schema.encoded_columns, in order, to float64[ciphertexts * slots]."""

    columns: dict[str, Floats]
    report: EncodingReport


_MOST_UNREAD = 200
"""Cells of one column that are looked at for how they are written."""


@dataclass(frozen=True, slots=True)
class Unread:
    """The row, from 1, of a column's first cell that could not be read, and the ways in which most
    of the first of them can be (market.plan.written), where any is known."""

    row: int
    ways: tuple[str, ...]


class Encoder:
    """Takes a table batch by batch, from top to bottom, and gives the rows that stay."""

    def __init__(self, schema: Schema, counted: Contributions) -> None:
        """`counted` starts empty: it holds the rows of each person so far."""
        self._schema = schema
        self._counted = counted
        self._coder = {column.name: coder(column) for column in schema.columns}
        self._fates = {c.name: np.zeros(len(Fate), dtype=np.int64) for c in schema.columns}
        self._unread: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._seen = self._complete = self._owned = self._bounded = self._kept = self._people = 0

    def encode(self, batch: Batch) -> CodedRows:
        """The rows of a batch that stay, as codes. No value makes it fail."""
        rows, _ = self._encode(batch)
        return rows

    def encode_people(self, batch: Batch) -> tuple[CodedRows, list[str]]:
        """As `encode`, and whose each row is, by normal id; for a schema whose unit is a column."""
        rows, kept = self._encode(batch)
        if batch.unit is None:
            raise ValueError("a batch without a privacy unit's column names nobody")
        people, places = _people(batch.unit)
        return rows, [people[place] for place in places[kept].tolist()]

    def _encode(self, batch: Batch) -> tuple[CodedRows, Codes]:
        """The rows that stay, and their places in the batch."""
        drops = np.zeros(batch.rows, dtype=bool)
        codes: dict[str, Floats] = {}
        for column in self._schema.columns:
            codes[column.name], fates = self._column(column, batch.columns[column.name])
            drops |= leaves_out(column, fates)
        kept = self._keep(batch, drops)
        chosen = {name: values[kept] for name, values in codes.items()}
        return CodedRows(self._schema, len(kept), chosen), kept

    def report(self, ignored_columns: Sequence[str] = ()) -> EncodingReport:
        """What became of all rows so far."""
        return EncodingReport(
            rows_seen=self._seen,
            rows_kept=self._kept,
            units_kept=self._people,
            dropped_null=self._seen - self._complete,
            dropped_without_unit=self._complete - self._owned,
            dropped_beyond_unit=self._owned - self._bounded,
            dropped_beyond_capacity=self._bounded - self._kept,
            ignored_columns=tuple(ignored_columns),
            columns=tuple(
                ColumnReport(
                    name,
                    clipped=int(fates[Fate.CLIPPED]),
                    missing=int(fates[Fate.MISSING]),
                    unreadable=int(fates[Fate.UNREADABLE]),
                    other=int(fates[Fate.OTHER]),
                )
                for name, fates in self._fates.items()
            ),
        )

    def unread(self) -> Mapping[str, Unread]:
        """Where each column that has any has its first cell that could not be read."""
        return {
            column.name: Unread(row, ways_to_read(column.tag, texts))
            for column in self._schema.columns
            if column.name in self._unread
            for row, texts in [self._unread[column.name]]
        }

    def _column(self, column: Column, cells: Cells) -> tuple[Floats, Codes]:
        codes, fates = self._coder[column.name](cells.texts)
        fates_of_rows = fates[cells.places]
        self._fates[column.name] += np.bincount(fates_of_rows, minlength=len(Fate))
        if column.name not in self._unread and Fate.UNREADABLE in fates:
            self._note_unread(column.name, cells, fates)
        return codes[cells.places], fates_of_rows

    def _note_unread(self, name: str, cells: Cells, fates: Codes) -> None:
        """Keep where the first cell is that could not be read, and how it and its like look."""
        is_unread = fates == Fate.UNREADABLE
        rows = np.flatnonzero(is_unread[cells.places])
        if not len(rows):
            return
        # Texts that no row has may be among them.
        places = dict.fromkeys(cells.places[rows[:_MOST_UNREAD]].tolist())
        texts = tuple(text for place in places if (text := cells.texts[place]) is not None)
        self._unread[name] = (self._seen + int(rows[0]) + 1, texts)

    def _keep(self, batch: Batch, drops: Flags) -> Codes:
        """Places of the rows that stay, in the table's order."""
        complete = np.flatnonzero(~drops)
        owned, above = self._owned_rows(batch, complete)
        within = above < self._schema.privacy_unit.max_rows
        bounded, above = owned[within], above[within]
        room = self._schema.capacity_rows - self._kept
        kept = bounded[:room]
        self._seen += batch.rows
        self._complete += len(complete)
        self._owned += len(owned)
        self._bounded += len(bounded)
        self._kept += len(kept)
        self._people += int(np.sum(above[:room] == 0))
        return kept

    def _owned_rows(self, batch: Batch, complete: Codes) -> tuple[Codes, Codes]:
        """The complete rows that have a unit, and how many rows of it are above each."""
        if batch.unit is None:
            return complete, np.zeros(len(complete), dtype=np.int64)
        people, places = _people(batch.unit)
        owned = complete[places[complete] >= 0]
        return owned, ranks(people, places[owned], self._counted)


def encode_table(table: Table, schema: Schema, parameters: Parameters) -> Encoded:
    """Encode a data frame, or a mapping from names to columns of equal length.

    Raises:
        Refused: `table-column-missing`, `table-column-twice`, `table-column-kind`,
            `table-length`, `table-encoding`.
    """
    encoder = Encoder(schema, CountedInMemory())
    kept = encoder.encode(batch_of(table, schema))
    slots = (
        -(-schema.capacity_rows // parameters.values_per_ciphertext)
        * parameters.values_per_ciphertext
    )
    named = {schema.privacy_unit.column, *(column.name for column in schema.columns)}
    ignored = [name for name in column_names(table) if name not in named]
    columns = {factor.id: padded(kept.encoded(factor), slots) for factor in schema.factors}
    return Encoded(columns, encoder.report(ignored))


def _people(units: Cells) -> tuple[list[str], Codes]:
    """Everybody in a column of ids, and each row's place among them, -1 where it names nobody."""
    found: dict[str, int] = {}
    place_of_text = []
    for text in units.texts:
        person = "" if text is None else person_in(text)
        place_of_text.append(found.setdefault(person, len(found)) if person else -1)
    return list(found), np.array(place_of_text, dtype=np.int64)[units.places]
