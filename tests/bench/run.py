"""`make bench`: what this machine does, beside TenSEAL, MPyC and plain Spark. Writes
build/bench.json, and the README's table and picture of the cost curve (bench scale_curve.py).

Kernels are measured interleaved in one process (bench kernels.py), readers of chunks likewise, hash
and all (bench readers.py), the agent's work beside what its slots allow for it (bench
agent_slots.py), how exact answers are beside OpenDP's on plaintext (bench against_opendp.py), a
portal under a hundred buyers (bench busy_portal.py), a hundred submissions (bench submissions.py),
a job from submission to opened result on the whole product, alone and twenty at once (bench
job_cost.py), and over ten million rows (bench job_at_scale.py). A consortium's members (bench
joint_computation.py) and Spark jobs are whole processes, in turns with their rivals, medians of the
rounds; `net` subtracts an empty Spark job. Ratios are what to quote.
"""

from __future__ import annotations

import json
from pathlib import Path

import against_opendp
import agent_slots
import appending
import busy_portal
import job_at_scale
import job_cost
import joint_computation
import kernels
import publication
import publication_memory
import readers
import scale_curve
import scale_report
import spark_jobs_bench
import submissions
import synthetic_data
import wide_synthetic

OUT = Path(__file__).resolve().parent.parent.parent / "build" / "bench.json"


def main() -> None:
    OUT.parent.mkdir(exist_ok=True)
    # The curve comes last: what would refuse it then refuses it before minutes are spent.
    scale_curve.require_room(max(scale_curve.SIZES), scale_curve.BUILD)
    report = {
        "against OpenDP": against_opendp.measure(),
        "kernels": kernels.measure(),
        "readers": readers.measure(),
        "agent": agent_slots.measure(),
        "busy portal": busy_portal.measure(),
        "job": job_cost.measure(),
        "job at scale": job_at_scale.measure(),
        "joint computation": joint_computation.measure(),
        "publication": publication.measure(),
        "appending": appending.measure(),
        "publication memory": publication_memory.measure(),
        "submissions": submissions.measure(),
        "spark": spark_jobs_bench.measure(),
        "synthetic data": synthetic_data.measure(),
        "synthetic data, wide": wide_synthetic.measure(),
        "scale": scale_curve.measure(),
    }
    scale_report.publish(report["scale"])
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
