"""The driver: `spark-submit evaluate.py EVALUATION RESULT [STORE]`, two canonical JSON documents:
files, or the objects of these keys in a store that is described as JSON.

Block numbers go out, k residues per output come back; both are small. They travel as an RDD: one
Python worker per core does everything for a partition, and no SQL session has to be started (see
decisions/0001-rdd-of-block-numbers.md). Of the two documents only the driver knows: the evaluation
reaches workers by Spark's own broadcast, so that they may be on other machines.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyspark import Broadcast, SparkContext

from crypto import canonical
from crypto import parameters as parameter_sets
from crypto.shares import add_residues, encode_residues
from market import wire
from market.adapters.stores.documents import create_document, read_document
from market.adapters.stores.opening import open_store
from market.records.delivery import Share
from market.records.evaluation import Evaluated, Evaluation
from market.records.verified_chunk import ChunkRefused
from spark_jobs.accumulate import OfTable, Residues, accumulate

Partial = dict[OfTable, Residues] | ChunkRefused
"""Residues by table and output over some blocks, or what stopped the worker that read them."""


def evaluate(context: SparkContext, document: bytes) -> Evaluated:
    """Run the evaluation of a document: partials in the workers, merged in a tree.

    For each table one share of k residues per output, in the evaluation's order; or, when a chunk
    was refused, the code and words of that and no share.

    Addition modulo the primes is exact, so neither the cut into partitions nor a task done twice
    changes a bit.

    Raises:
        FormatError: the document is not an Evaluation.
    """
    evaluation = wire.decode(Evaluation, document)
    numbers = context.parallelize(range(len(evaluation.blocks)), partitions_of(evaluation))
    carried = context.broadcast(document)
    try:
        merged = numbers.mapPartitions(functools.partial(partial_of, carried)).treeReduce(
            functools.partial(merge, evaluation.parameters)
        )
    finally:
        carried.destroy()
    if isinstance(merged, ChunkRefused):
        return Evaluated((), merged.code, merged.message)
    chosen = parameter_sets.by_name(evaluation.parameters)
    return Evaluated(
        tuple(
            tuple(
                Share(output.id, encode_residues(merged[table, output.id], chosen))
                for output in evaluation.outputs
            )
            for table in range(evaluation.tables)
        ),
        "",
        "",
    )


def partitions_of(evaluation: Evaluation) -> int:
    """How many parts the blocks are cut into: as many as asked for, but none empty."""
    return max(1, min(evaluation.partitions, len(evaluation.blocks)))


def partial_of(carried: Broadcast[bytes], numbers: Iterable[int]) -> Iterator[Partial]:
    """What a worker makes of the blocks with these numbers: one partial."""
    evaluation = wire.decode(Evaluation, carried.value)
    store = open_store(dict(evaluation.store))
    blocks = (evaluation.blocks[number] for number in numbers)
    chosen = parameter_sets.by_name(evaluation.parameters)
    try:
        yield accumulate(blocks, evaluation.outputs, store, chosen)
    except ChunkRefused as refused:
        # A refusal is an answer: raising would make Spark try the same bytes again.
        yield refused


def merge(parameters: str, left: Partial, right: Partial) -> Partial:
    """The partial of both; of two refusals the first by text, whoever came first."""
    if isinstance(left, ChunkRefused) or isinstance(right, ChunkRefused):
        refusals = [partial for partial in (left, right) if isinstance(partial, ChunkRefused)]
        return min(refusals, key=lambda refused: refused.message)
    chosen = parameter_sets.by_name(parameters)
    # Some blocks may be of other tables than the rest.
    sums = {key: add_residues(left[key], right[key], chosen) for key in left.keys() & right.keys()}
    return left | right | sums


def main(arguments: list[str]) -> None:
    """Evaluate the first document, and write what came of it to the second.

    Raises:
        FormatError: the first is not an Evaluation; ObjectMissing; Spark's errors as they are.
    """
    asked, answered, *described = arguments
    context = SparkContext(appName="evaluate")
    try:
        if described:
            store = open_store(canonical.loads(described[0].encode()))
            evaluated = evaluate(context, read_document(store, asked))
            create_document(store, answered, wire.encode(evaluated))
        else:
            evaluated = evaluate(context, Path(asked).read_bytes())
            Path(answered).write_bytes(wire.encode(evaluated))
    finally:
        context.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
