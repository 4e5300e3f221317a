"""A Spark data source whose partitions are planned from the evaluation; rows are block numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition

from market import wire
from market.records.evaluation import Evaluation

FORMAT = "ciphertext_blocks"


@dataclass
class BlockPartition(InputPartition):
    """The blocks of one partition, by number."""

    numbers: tuple[int, ...]


class BlockReader(DataSourceReader):
    def __init__(self, evaluation: Evaluation) -> None:
        self._evaluation = evaluation

    def partitions(self) -> list[InputPartition]:
        numbers = tuple(range(len(self._evaluation.blocks)))
        return [BlockPartition(dealt) for dealt in deal(numbers, self._evaluation.partitions)]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        if not isinstance(partition, BlockPartition):
            raise TypeError(f"partition is {type(partition).__name__}, expected BlockPartition")
        yield pa.RecordBatch.from_pydict({"block": list(partition.numbers)})


class BlockSource(DataSource):
    """Option `evaluation`: path of the evaluation's canonical JSON."""

    @classmethod
    def name(cls) -> str:
        return FORMAT

    def schema(self) -> str:
        return "block bigint"

    def reader(self, schema: object) -> DataSourceReader:  # noqa: ARG002 - Spark's signature
        path = Path(self.options["evaluation"])
        return BlockReader(wire.decode(Evaluation, path.read_bytes()))


def deal(numbers: tuple[int, ...], partitions: int) -> list[tuple[int, ...]]:
    """Block numbers dealt round robin to at most `partitions` partitions, none empty."""
    count = min(partitions, len(numbers))
    return [numbers[index::count] for index in range(count)]
