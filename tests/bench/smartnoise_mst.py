"""smartnoise-synth's MST as it comes, under an interpreter that has it; nothing of ours is loaded.

    PYTHON smartnoise_mst.py CODES.npy ROWS EPSILON DELTA

CODES.npy holds positions of cells, int64[rows, columns]; MST sees them in plaintext, and pays for
what it selects. Writes beside it `as-it-comes.npy`, rows from `Synthesizer.sample`, and
`sampled.npy`, rows drawn from the same fitted model by mbi's other way of drawing. Prints the
seconds of fitting and drawing the first, of CPU and on the clock, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
from snsynth import Synthesizer


def main(codes_path: Path, rows: int, epsilon: float, delta: float) -> None:
    codes = np.load(codes_path)
    names = [f"column{place}" for place in range(codes.shape[1])]
    frame = pd.DataFrame({name: codes[:, i].astype(str) for i, name in enumerate(names)})
    cpu, clock = time.process_time(), time.perf_counter()
    synthesizer = Synthesizer.create("mst", epsilon=epsilon, delta=delta)
    synthesizer.fit(frame, categorical_columns=names, preprocessor_eps=0.0, nullable=False)
    made = synthesizer.sample(rows)
    told = {"cpu": time.process_time() - cpu, "clock": time.perf_counter() - clock}
    np.save(codes_path.with_name("as-it-comes.npy"), made.to_numpy().astype(np.int64))
    draw = partial(synthesizer.synthesizer.synthetic_data, method="sample")
    synthesizer.synthesizer = SimpleNamespace(synthetic_data=draw)
    made = synthesizer.sample(rows)
    np.save(codes_path.with_name("sampled.npy"), made.to_numpy().astype(np.int64))
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:]))
