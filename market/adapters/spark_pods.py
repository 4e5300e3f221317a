"""An evaluation in pods: question and answer go through the object store, so that the pods need a
key of it and nothing else of the platform's: no home, no database, no secret.

    evaluations/JOB/ATTEMPT/evaluation.json    lies there before the driver does
    evaluations/JOB/ATTEMPT/evaluated.json     the driver's, written once

Spark exits with 0 whatever became of the driver: done is what has left an answer. Both documents go
when the driver is gone. A question that still lies there therefore tells the next attempt at its
job of a step that was killed, whose driver may be at work yet: it is removed first.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from market.adapters.spark_command import Spark, dies_with_parent
from market.adapters.spark_kubernetes import (
    Attempt,
    kill_command,
    submit_command,
    submit_environment,
)
from market.adapters.spark_process import failed, run_limited
from market.adapters.stores.documents import create_document, read_document
from market.errors import Unavailable
from market.ports.object_store import ObjectMissing, ObjectStore
from market.settings import Settings

KILL_SECONDS = 120
_TOKEN_BYTES = 2
_LOG = structlog.get_logger("market.spark")


@dataclass(frozen=True, slots=True)
class Pods:
    """Where evaluations are done.

    Args:
        store: read and written below `evaluations/`, never listed.
        inherited: this process's environment.
        entropy: as many random bytes as asked for.
    """

    spark: Spark
    settings: Settings
    store: ObjectStore
    inherited: Mapping[str, str]
    entropy: Callable[[int], bytes] = secrets.token_bytes

    def answer(self, job: str, question: bytes, log: Path) -> bytes:
        """What a driver makes of an evaluation's document; a driver that failed by itself stays,
        for what it wrote.

        Raises:
            Unavailable: `evaluation-timeout`, `evaluation-failed`, `spark-template-missing`; what
                the store raises.
            ValueError: the job cannot name a pod.
        """
        attempt = self._next_attempt(job, log)
        command = submit_command(self.spark, self.settings, attempt)
        create_document(self.store, attempt.asked, question)
        try:
            self._run(command, log, self.settings.evaluate_wall_seconds)
        except (Unavailable, SystemExit):
            # It may be at work all the same.
            self._remove(attempt.driver, log, [attempt])
            raise
        try:
            answer = read_document(self.store, attempt.answered)
        except ObjectMissing as error:
            self._forget([attempt])
            raise failed(f"left no result in {attempt.driver}", log) from error
        self._remove(attempt.driver, log, [attempt])
        return answer

    def _next_attempt(self, job: str, log: Path) -> Attempt:
        token = self.entropy(_TOKEN_BYTES).hex()
        attempt = Attempt(job, 1, token)
        broken_off: list[Attempt] = []
        while self.store.head(attempt.asked) is not None:
            broken_off.append(attempt)
            attempt = Attempt(job, attempt.number + 1, token)
        if broken_off:
            self._remove(attempt.all_drivers, log, broken_off)
        return attempt

    def _remove(self, driver: str, log: Path, attempts: Sequence[Attempt]) -> None:
        """Delete drivers, with which Kubernetes ends their executors, and then their documents.

        What cannot be deleted now is no reason to lose an answer, or the reason that there is none.
        """
        try:
            self._run(kill_command(self.spark, self.settings, driver), log, KILL_SECONDS)
            self._forget(attempts)
        except Unavailable as error:
            _LOG.warning("evaluation not cleared away", driver=driver, code=error.code)

    def _forget(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            # The question last: it says that there may be more.
            self.store.delete(attempt.answered)
            self.store.delete(attempt.asked)

    def _run(self, command: list[str], log: Path, wall_seconds: int) -> None:
        run_limited(
            [*dies_with_parent(), *command],
            submit_environment(self.spark, self.inherited),
            log,
            wall_seconds=wall_seconds,
        )
