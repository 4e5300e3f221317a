"""The evaluator: the resident application, else spark-submit, here or on Kubernetes. Two documents
in and out, a wall limit.

Spark reads ciphertext by name from the object store and returns k residues per output. What it
returns for a sum must be the sum of the manifest's constants, bit for bit: the owner signed those,
so a platform that computes on other bytes, or computes wrongly, finds out before anyone else.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from crypto.errors import CryptoError
from crypto.parameters import Parameters, by_name
from crypto.shares import decode_residues
from market import wire
from market.adapters.full_disk import tells_of_full_disk
from market.adapters.resident_spark import ANSWERED, ASKED, Reply, ask
from market.adapters.shares_of_constants import Shares, answered, unfit
from market.adapters.spark_command import (
    dies_with_parent,
    find_spark,
    is_local,
    spark_command,
    spark_environment,
)
from market.adapters.spark_kubernetes import check_pods, is_kubernetes
from market.adapters.spark_pods import Pods
from market.adapters.spark_process import AGAIN, disk_full, failed, run_limited, timed_out
from market.adapters.stores.opening import open_store
from market.errors import MarketError, Refused, Unavailable
from market.plan.moments import Output
from market.records.delivery import Share
from market.records.evaluation import Block, Evaluated, Evaluation, Stopped, plan_blocks
from market.records.manifest import Manifest
from market.records.platform_constants import sum_of_constants
from market.settings import Settings

PARTITIONS_PER_CORE = 2
RESIDENT_LOG = "spark.log"
CLUSTER_PARTITIONS = 64
_LOCAL_MASTER = re.compile(r"local\[(\d+|\*)(?:,\d+)?\]")
_JOB = re.compile(r"[A-Za-z0-9._-]{1,100}")


class SparkEvaluator:
    """Implements market.ports.stages.Evaluator."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings.

        Raises:
            Refused: `settings-invalid`: no pod can be made by them, where Spark is on Kubernetes.
        """
        if is_kubernetes(settings.spark_master):
            check_pods(settings)
        self._settings = settings

    def evaluate(
        self, job: str, manifests: tuple[Manifest, ...], outputs: tuple[Output, ...]
    ) -> Shares:
        """For each table one share per output, in the same order: one application's work.

        Raises:
            Refused: `chunk-missing`, `chunk-altered`, `chunk-malformed`; `constants-mismatch`
                when the shares are not the sums the manifest promises; `manifest-unfit` when it
                lacks a column or names parameters that are not known.
            Unavailable: `java-missing`, `spark-missing`, `spark-template-missing`,
                `evaluation-failed` or `evaluation-timeout`; `platform-disk-full`; what the store
                raises while it is away.
        """
        if not _JOB.fullmatch(job):
            raise ValueError(f"job {job!r} cannot name a log file")
        try:
            return answered(manifests, outputs, partial(self._computed, job, manifests))
        except OSError as error:
            if tells_of_full_disk(error):
                raise disk_full() from error
            raise

    def _computed(
        self, job: str, manifests: tuple[Manifest, ...], outputs: tuple[Output, ...]
    ) -> Shares:
        evaluation = evaluation_of(manifests, outputs, self._settings)
        evaluated = self._run(job, evaluation)
        if evaluated.stopped is not None:
            raise error_of(evaluated.stopped)
        for manifest, shares in zip(manifests, evaluated.shares, strict=True):
            check_constants(manifest, outputs, shares)
        return evaluated.shares

    def _run(self, job: str, evaluation: Evaluation) -> Evaluated:
        directory = self._settings.home.resolve() / "spark"
        logs = self._settings.home.resolve() / "logs"
        for path in (directory, logs):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        question = wire.encode(evaluation)
        if is_kubernetes(self._settings.spark_master):
            log = logs / f"spark-{job}.log"
            answer: bytes | None = self._pods().answer(job, question, log)
        else:
            log, answer = self._have_done(job, question, directory, logs)
        if answer is None:
            raise failed("left no result", log)
        try:
            return wire.decode(Evaluated, answer)
        except CryptoError as error:
            raise failed("left a malformed result", log) from error

    def _pods(self) -> Pods:
        store = open_store(self._settings.store_description)
        return Pods(find_spark(self._settings), self._settings, store, os.environ)

    def _have_done(
        self, job: str, question: bytes, directory: Path, logs: Path
    ) -> tuple[Path, bytes | None]:
        """By processes that see this machine's files: the log of whoever did it, and the answer."""
        with tempfile.TemporaryDirectory(prefix=f"{job}-", dir=directory) as name:
            asked, answered = Path(name) / ASKED, Path(name) / ANSWERED
            asked.write_bytes(question)
            log = self._by_files(asked, answered, logs, job)
            return log, answered.read_bytes() if answered.exists() else None

    def _by_files(self, asked: Path, answered: Path, logs: Path, job: str) -> Path:
        """By the resident application, or where there is none by one for this job alone.

        Returns the log of whoever did it.
        """
        began = time.monotonic()
        wall_seconds = self._settings.evaluate_wall_seconds
        if is_local(self._settings.spark_master):
            log = logs / RESIDENT_LOG
            job_directory = asked.parent
            try:
                reply = ask(job_directory.parent, job_directory.name, wall_seconds=wall_seconds)
            except TimeoutError as error:
                raise timed_out(wall_seconds, log) from error
            if reply is Reply.FAILED:
                raise failed("could not finish the job", log)
            if reply is Reply.DONE:
                return log
        log = logs / f"spark-{job}.log"
        spark = find_spark(self._settings)
        command = spark_command(spark, self._settings, asked, answered, archive_to=None)
        run_limited(
            [*dies_with_parent(), *command],
            spark_environment(spark, self._settings, os.environ),
            log,
            wall_seconds=max(1, wall_seconds - int(time.monotonic() - began)),
        )
        return log


def evaluation_of(
    manifests: Sequence[Manifest], outputs: tuple[Output, ...], settings: Settings
) -> Evaluation:
    """What Spark is asked: blocks of chunks, the outputs over them, where the store lies.

    Raises:
        Refused: `manifest-unfit`: one lacks a column of an output, or names other parameters than
            the known ones, or than the others.
    """
    name = manifests[0].parameters
    blocks: list[Block] = []
    for table, manifest in enumerate(manifests):
        try:
            by_name(manifest.parameters)
            if manifest.parameters != name:
                raise ValueError(f"its parameters are {manifest.parameters}, the first's {name}")
            blocks += plan_blocks(manifest, outputs, table)
        except (CryptoError, KeyError, ValueError) as error:
            raise unfit(manifest, error) from error
    return Evaluation(
        name,
        len(manifests),
        outputs,
        tuple(blocks),
        tuple(sorted(settings.store_description.items())),
        partitions_of(settings.spark_master),
    )


def partitions_of(master: str) -> int:
    """Enough partitions that every core has work and none waits long for the last."""
    local = _LOCAL_MASTER.fullmatch(master)
    if local is None:
        return CLUSTER_PARTITIONS
    cores = (os.cpu_count() or 1) if local.group(1) == "*" else int(local.group(1))
    return max(2, PARTITIONS_PER_CORE * cores)


def check_constants(
    manifest: Manifest, outputs: tuple[Output, ...], shares: tuple[Share, ...]
) -> None:
    """Compare the shares of sums with the sums of the manifest's constants.

    Raises:
        Refused: `constants-mismatch`.
    """
    parameters = by_name(manifest.parameters)
    for output, share in zip(outputs, shares, strict=True):
        if output.id != share.output:
            raise _mismatch(f"Spark answered {share.output} where {output.id} was asked")
        if output.degree == 1:
            _check_sum(manifest, output, share, parameters)


def _check_sum(manifest: Manifest, output: Output, share: Share, parameters: Parameters) -> None:
    try:
        wanted = sum_of_constants(manifest, output, parameters)
        found = decode_residues(share.residues, parameters)
    except CryptoError as error:
        raise _mismatch(
            f"a share or the constants of {output.id} are malformed: {error}"
        ) from error
    if wanted != found:
        raise _mismatch(f"the ciphertext of {output.id} does not sum to the manifest's constants")


def error_of(stopped: Stopped) -> MarketError:
    """What stopped the workers, by the code they gave (spark_jobs.evaluate)."""
    if stopped.may_pass:
        return Unavailable(stopped.code, stopped.message, AGAIN)
    return Refused(
        stopped.code,
        stopped.message,
        "Nothing was spent. The owner has to publish the dataset again.",
    )


def _mismatch(what: str) -> Refused:
    return Refused(
        "constants-mismatch",
        f"The evaluation does not fit the manifest: {what}.",
        "Nothing was spent. Tell the platform and the owner: one of them altered something.",
    )
