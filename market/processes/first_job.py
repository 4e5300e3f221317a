"""A job of zeros that makes Spark ready: it starts and compiles all that a real one needs."""

from __future__ import annotations

import secrets
from pathlib import Path

import numpy as np

from crypto.chunk import build_chunk
from crypto.parameters import PRODUCTS
from market.adapters.stores.local import LocalStore
from market.plan.moments import Output
from market.records.evaluation import Block, ColumnChunk, Evaluation
from market.records.verified_chunk import describe_chunk

_KEY = "datasets/zeros/1/0/000000"


def first_job(root: Path) -> Evaluation:
    """One sum and one product of one ciphertext, whose only chunk lies in a store under `root`."""
    zeros = np.zeros((1, len(PRODUCTS.primes), PRODUCTS.ring_degree), np.uint32)
    data = build_chunk(PRODUCTS, secrets.token_bytes(32), zeros, first_ciphertext=0)
    chunk = describe_chunk(_KEY, data, first_ciphertext=0, ciphertexts=1)
    LocalStore(root).put(_KEY, data, sha256=chunk.sha256)
    column = ColumnChunk("zeros", chunk)
    outputs = (Output("sum", ("zeros",)), Output("product", ("zeros", "zeros")))
    store = (("kind", "local"), ("path", str(root)))
    return Evaluation(PRODUCTS.name, 1, outputs, (Block(0, 0, 1, (column,)),), store, 1)
