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
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyspark import Broadcast, SparkContext

from crypto import canonical
from crypto import parameters as parameter_sets
from crypto.shares import add_residues, encode_residues
from market import wire
from market.adapters.full_disk import tells_of_full_disk
from market.adapters.spark_process import disk_full
from market.adapters.stores.documents import create_document, read_document
from market.adapters.stores.opening import open_store
from market.errors import Unavailable
from market.patience import Patience
from market.records.delivery import Share
from market.records.evaluation import Evaluated, Evaluation, Stopped
from market.records.verified_chunk import ChunkRefused
from spark_jobs.accumulate import PATIENCE, OfTable, Residues, accumulate

Partial = dict[OfTable, Residues] | Stopped
"""Residues by table and output over some blocks, or what stopped the worker that read them."""


def evaluate(context: SparkContext, document: bytes) -> Evaluated:
    """Run the evaluation of a document: partials in the workers, merged in a tree.

    For each table one share of k residues per output, in the evaluation's order; or what stopped
    it: a chunk that was refused, a store that stayed away, a disk that is full.

    Addition modulo the primes is exact, so neither the cut into partitions nor a task done twice
    changes a bit.

    Raises:
        FormatError: the document is not an Evaluation.
    """
    evaluation = wire.decode(Evaluation, document)
    merged = _merged(context, evaluation, document)
    if isinstance(merged, Stopped):
        return Evaluated((), merged)
    chosen = parameter_sets.by_name(evaluation.parameters)
    return Evaluated(
        tuple(
            tuple(
                Share(output.id, encode_residues(merged[table, output.id], chosen))
                for output in evaluation.outputs
            )
            for table in range(evaluation.tables)
        ),
        None,
    )


def _merged(context: SparkContext, evaluation: Evaluation, document: bytes) -> Partial:
    try:
        numbers = context.parallelize(range(len(evaluation.blocks)), partitions_of(evaluation))
        carried = context.broadcast(document)
        try:
            return numbers.mapPartitions(functools.partial(partial_of, carried)).treeReduce(
                functools.partial(merge, evaluation.parameters)
            )
        finally:
            carried.destroy()
    except Exception as error:
        if not tells_of_full_disk(error):
            raise
        traceback.print_exc()
        return passing(disk_full())


def passing(error: Unavailable) -> Stopped:
    """A failure that may be over when the evaluation is done again."""
    return Stopped(error.code, error.message, may_pass=True)


def partitions_of(evaluation: Evaluation) -> int:
    """How many parts the blocks are cut into: as many as asked for, but none empty."""
    return max(1, min(evaluation.partitions, len(evaluation.blocks)))


def partial_of(
    carried: Broadcast[bytes], numbers: Iterable[int], patience: Patience = PATIENCE
) -> Iterator[Partial]:
    """What a worker makes of the blocks with these numbers: one partial."""
    evaluation = wire.decode(Evaluation, carried.value)
    store = open_store(dict(evaluation.store))
    blocks = (evaluation.blocks[number] for number in numbers)
    chosen = parameter_sets.by_name(evaluation.parameters)
    try:
        yield accumulate(blocks, evaluation.outputs, store, chosen, patience)
    except ChunkRefused as refused:
        # A refusal is an answer: raising would make Spark try the same bytes again.
        yield Stopped(refused.code, refused.message, may_pass=False)
    except Unavailable as away:
        # It was waited for already.
        yield passing(away)


def merge(parameters: str, left: Partial, right: Partial) -> Partial:
    """The partial of both; of two that were stopped the one for good, then the first by text,
    whoever came first."""
    if isinstance(left, Stopped) or isinstance(right, Stopped):
        stopped = [partial for partial in (left, right) if isinstance(partial, Stopped)]
        return min(stopped, key=lambda one: (one.may_pass, one.message))
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
