"""The driver: `spark-submit evaluate.py EVALUATION RESULT`, both canonical JSON files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
from pyspark.sql import Row, SparkSession

from crypto import parameters as parameter_sets
from crypto.shares import encode_residues
from market import wire
from market.adapters.stores.opening import open_store
from market.records.evaluation import Evaluated, EvaluatedOutput, Evaluation
from spark_jobs.accumulate import ChunkRefused, Residues, accumulate, add
from spark_jobs.block_source import FORMAT, BlockSource

PARTIAL_SCHEMA = "code string, message string, residues string"


def evaluate(spark: SparkSession, path: Path) -> Evaluated:
    """Run an evaluation: partials in the workers, merged in a tree."""
    evaluation = wire.decode(Evaluation, path.read_bytes())
    spark.dataSource.register(BlockSource)
    blocks = spark.read.format(FORMAT).option("evaluation", str(path)).load()
    partials = blocks.mapInArrow(_worker(str(path)), PARTIAL_SCHEMA)
    chosen = parameter_sets.by_name(evaluation.parameters)
    merged = partials.rdd.map(_partial).treeReduce(
        lambda left, right: _merge(left, right, chosen.name)
    )
    if isinstance(merged, tuple):
        return Evaluated((), merged[0], merged[1])
    return Evaluated(
        tuple(
            EvaluatedOutput(output.output, encode_residues(merged[output.output], chosen))
            for output in evaluation.outputs
        ),
        "",
        "",
    )


def _worker(path: str):  # type: ignore[no-untyped-def] # Spark pickles the closure
    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        evaluation = wire.decode(Evaluation, Path(path).read_bytes())
        store = open_store(dict(evaluation.store))
        numbers = [number for batch in batches for number in batch.column("block").to_pylist()]
        blocks = [evaluation.blocks[number] for number in numbers]
        chosen = parameter_sets.by_name(evaluation.parameters)
        try:
            totals = accumulate(blocks, evaluation.outputs, store, chosen)
        except ChunkRefused as refused:
            # A refusal is an answer: raising would make Spark try the same bytes again.
            yield _row(refused.code, refused.message, "")
            return
        yield _row("", "", json.dumps(totals))

    return run


def _row(code: str, message: str, residues: str) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {"code": [code], "message": [message], "residues": [residues]}
    )


Partial = dict[str, Residues] | tuple[str, str]


def _partial(row: Row) -> Partial:
    if row.code:
        return (row.code, row.message)
    return {name: tuple(values) for name, values in json.loads(row.residues).items()}


def _merge(left: Partial, right: Partial, parameters: str) -> Partial:
    if isinstance(left, tuple):
        return left
    if isinstance(right, tuple):
        return right
    chosen = parameter_sets.by_name(parameters)
    return {name: add(left[name], right[name], chosen) for name in left}


def main(arguments: list[str]) -> None:
    evaluation, result = (Path(argument) for argument in arguments)
    spark = SparkSession.builder.appName("evaluate").getOrCreate()
    try:
        evaluated = evaluate(spark, evaluation)
    finally:
        spark.stop()
    result.write_bytes(wire.encode(evaluated))


if __name__ == "__main__":
    main(sys.argv[1:])
