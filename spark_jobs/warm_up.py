"""What the first job of an application would wait for, done before there is one: a Python worker on
every core, its imports, its compiled kernels."""

from __future__ import annotations

import functools

import numpy as np
from pyspark import SparkContext

from crypto import packing
from crypto.parameters import PRODUCTS
from spark_jobs.accumulate import OfTable, Residues
from spark_jobs.evaluate import merge


def warm_up(context: SparkContext) -> None:
    """Have every core compute the shares of a ciphertext of zeros."""
    cores = context.defaultParallelism
    numbers = context.parallelize(range(cores), cores)
    numbers.map(shares_of_nothing).treeReduce(functools.partial(merge, PRODUCTS.name))


def shares_of_nothing(_: int) -> dict[OfTable, Residues]:
    """A sum's share and a product's, as a partition returns them."""
    nothing = np.zeros((1, len(PRODUCTS.primes), PRODUCTS.ring_degree), np.uint32)
    return {
        (0, "sum"): packing.sum_share(nothing, PRODUCTS),
        (0, "product"): packing.product_share(nothing, nothing, PRODUCTS),
    }
