"""The same sums on MPyC as it comes, over GF(2^61 - 1) in its array mode; one member's process.

    python stock_mpyc.py -P 127.0.0.1:port (for each) -I member --no-log CASE COUNT

Prints the processor time from the inputs to this member's shares of the result, which is what a
worker of ours hands over, and the bytes it sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

CASE, COUNT = sys.argv[-2], int(sys.argv[-1])
del sys.argv[-2:]

import numpy as np  # noqa: E402
from mpyc.runtime import mpc  # noqa: E402

FIELD = mpc.SecFld(2**61 - 1)


async def vector_sum() -> None:
    own = FIELD.array(FIELD.field.array(np.arange(COUNT, dtype=object)))
    total, *rest = mpc.input(own)
    for each in rest:
        total += each
    await mpc.gather(total)


async def dot() -> None:
    own = FIELD.array(FIELD.field.array(np.arange(COUNT, dtype=object)))
    x, y = mpc.input(own, senders=[0, 1])
    await mpc.gather(x @ y)


async def main() -> None:
    await mpc.start()
    begun = time.process_time()
    await (vector_sum() if CASE == "vector-sum" else dot())
    spent = time.process_time() - begun
    sent = sum(peer.protocol.nbytes_sent for peer in mpc.parties if peer.pid != mpc.pid)
    await mpc.shutdown()
    print(json.dumps({"cpu_seconds": spent, "bytes_sent": sent}))


asyncio.get_event_loop().run_until_complete(main())
