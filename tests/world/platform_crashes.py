"""The steps of a job on the platform, each done by a process that kills itself at its n-th write.

A stage is prepared in a directory: a database, an object store, and what the step needs to be done
again as it was (Airflow's retry, the agent's or the buyer's same bytes).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from market.database.engine import open_database
from market.entities.overview import Stored
from market.entities.people import Operator
from market.entities.retention import StoredChunk, Upload
from market.errors import Conflict
from market.policy.listing.counted_chunks import chunks_of
from market.policy.submission.submission import Submission
from market.services.compute.accept_approval import accept_approval, accept_refusal
from market.services.compute.accept_request import accept_request
from market.services.compute.evaluate_job import evaluate_job
from market.services.compute.plan_job import plan_job
from market.services.jobs.end_job import cancel_job
from market.services.operation.keep_house import answer_waits, expire_jobs, mend_reservations
from market.services.publish.change_standing import change_standing
from market.services.publish.drop_ciphertext import drop_ciphertext
from market.services.publish.publish_dataset import publish_dataset
from market.services.release.accept_release import accept_release
from market.services.submit.take_in_run import take_in_run
from world.builders import DATASET, NOW, a_chunk_key, a_standing, sign, text
from world.crashes import Countdown, count_database, count_files, serve
from world.durable_market import market_over
from world.job_builders import a_receipt, a_refusal, an_approval
from world.market import MEAN_AGE, REGIONS, Market
from world.stages import Programs

UNKNOWN_COLUMN = """
def build(ds):
    return {"x": ds["nothing"].mean()}
"""
PROGRAMS = Programs()
for _program in (MEAN_AGE, REGIONS, UNKNOWN_COLUMN):
    PROGRAMS.commit(_program)
RUN = "submit_north-lab/manual__1"


@dataclass(frozen=True)
class Case:
    """What a step is done with. `job` is empty where the step makes it."""

    now: int = NOW
    job: str = ""
    documents: tuple[str, ...] = ()
    program: str = MEAN_AGE


@dataclass(frozen=True)
class Stage:
    """`end` is the state the job is to reach, empty where the stage is not a job's."""

    prepare: Callable[[Market], Case]
    step: Callable[[Market, Case], object]
    end: str


def keep_house(market: Market) -> None:
    """What the housekeeper does every second."""
    expire_jobs(market.platform, now=market.now)
    answer_waits(market.platform, now=market.now)
    mend_reservations(market.platform, now=market.now)


def _stored_but_one(market: Market) -> Case:
    manifest, documents = market.stored(version=2)
    market.objects.delete(manifest.columns[0].chunks[0].key)
    return Case(documents=documents)


def _publish(market: Market, case: Case) -> None:
    market.store("#valid", a_chunk_key(DATASET, 2, 0), 0)
    publish_dataset(market.platform, market.olga, *case.documents, now=market.now)


def _planning(program: str) -> Callable[[Market], Case]:
    return lambda _market: Case(program=program)


def _plan(market: Market, case: Case) -> None:
    repository, commit = "https://git.example.org/questions.git", PROGRAMS.commit(case.program)
    asked = Submission(repository, commit, DATASET, "0.5")
    job = take_in_run(market.platform, market.bob, run=RUN, submission=asked, now=market.now)
    plan_job(market.platform, job, now=market.now)


def _planned(market: Market) -> Case:
    job = market.planned()
    return Case(job=job.job, documents=(market.request(job),))


def _requested(market: Market) -> Case:
    job = market.requested()
    request = market.request_of(job)
    yes = text(sign(an_approval(request, created_at=market.now), by="agent"))
    return Case(job=job.job, documents=(yes, text(sign(a_refusal(request), by="agent"))))


def _with_withdrawal(market: Market) -> Case:
    said = text(sign(a_standing(state="withdrawn")))
    return replace(_requested(market), documents=(said,))


def _with_next_version(market: Market) -> Case:
    return replace(_requested(market), documents=_stored_but_one(market).documents)


def _approved(market: Market) -> Case:
    return Case(job=market.approved().job)


def _without_chunks(market: Market) -> Case:
    case = _approved(market)
    for key in market.objects.list("datasets/"):
        market.objects.delete(key)
    return case


def _evaluate(market: Market, case: Case) -> None:
    job = market.jobs.get(case.job)
    if not job.is_terminal:
        evaluate_job(market.platform, job, now=market.now)


def _evaluated(market: Market, charge: int | None = None) -> Case:
    job = market.evaluated()
    documents = tuple(text(sign(d, by="agent")) for d in market.release_of(job, charge=charge))
    return Case(job=job.job, documents=documents)


def _forked(market: Market) -> Case:
    """The agent had signed another receipt of this number, and forgot it."""
    case = _evaluated(market)
    market.receipts.append(sign(a_receipt(), by="agent"), now=market.now)
    return case


def _release_in_vain(market: Market, case: Case) -> None:
    with suppress(Conflict):
        _release(market, case)


def _expired(market: Market) -> Case:
    case = _evaluated(market)
    now = market.jobs.get(case.job).deadline
    expire_jobs(market.platform, now=now)
    return replace(case, now=now)


def _due(market: Market) -> Case:
    case = _evaluated(market)
    return replace(case, now=market.jobs.get(case.job).deadline)


def _superseded(market: Market, again: int = 0) -> Case:
    market.publish(version=2, again=again)
    return Case(now=market.now + (market.platform.waits.retention_seconds or 0))


def _abandoned(market: Market) -> Case:
    manifest, _ = market.stored(version=2)
    upload = Upload("olga", market.olga.organisation, DATASET, 2)
    for column in manifest.columns:
        for chunk in column.chunks:
            announced = StoredChunk(chunk.key, chunk.size_bytes)
            market.platform.uploads.announce(upload, announced, most_bytes=10**12, now=market.now)
    return Case(now=market.now + (market.platform.waits.upload_seconds or 0))


def _drop_upload(market: Market, _case: Case) -> None:
    last = None
    while last := drop_ciphertext(market.platform, last, now=market.now, by=Operator()):
        pass
    assert market.platform.uploads.announced_bytes(market.olga.organisation) == 0
    assert {key.split("/")[3] for key in market.objects.list("datasets/")} == {"1"}


def _drop(market: Market, _case: Case) -> None:
    last = None
    while last := drop_ciphertext(market.platform, last, now=market.now, by=Operator()):
        pass
    newer, older = market.platform.retention.of_dataset(DATASET)
    assert older.dropped_at is not None
    assert newer.dropping_at is None
    named = chunks_of(market.catalogue.dataset(DATASET).manifest.record)
    assert set(market.objects.list("datasets/")) == {chunk.key for chunk in named}
    assert market.catalogue.stored() == [
        Stored("olga", 1, sum(chunk.size_bytes for chunk in named))
    ]


def _release(market: Market, case: Case) -> None:
    accept_release(market.platform, market.olga, case.job, *case.documents, now=market.now)


def _cancel(market: Market, case: Case) -> None:
    # A buyer who sees that their job has ended does not end it again.
    if not market.jobs.get(case.job).is_terminal:
        cancel_job(market.platform, market.bob, case.job, now=market.now)


STAGES = {
    "publish": Stage(_stored_but_one, _publish, ""),
    "plan": Stage(_planning(MEAN_AGE), _plan, "planned"),
    "plan refused": Stage(_planning(UNKNOWN_COLUMN), _plan, "refused"),
    "request": Stage(
        _planned,
        lambda m, case: accept_request(m.platform, case.job, case.documents[0], now=m.now),
        "requested",
    ),
    "approval": Stage(
        _requested,
        lambda m, case: accept_approval(m.platform, m.olga, case.job, case.documents[0], now=m.now),
        "approved",
    ),
    "refusal": Stage(
        _requested,
        lambda m, case: accept_refusal(m.platform, m.olga, case.job, case.documents[1], now=m.now),
        "refused",
    ),
    "evaluate": Stage(_approved, _evaluate, "evaluated"),
    "evaluate refused": Stage(_without_chunks, _evaluate, "refused"),
    "release": Stage(_evaluated, _release, "released"),
    "release of a repetition": Stage(lambda m: _evaluated(m, charge=0), _release, "released"),
    "release of a fork": Stage(_forked, _release_in_vain, "refused"),
    "release after the end": Stage(_expired, _release, "expired"),
    "cancel": Stage(_planned, _cancel, "cancelled"),
    "expiry": Stage(_due, lambda m, _case: keep_house(m), "expired"),
    "withdrawal": Stage(
        _with_withdrawal,
        lambda m, case: change_standing(m.platform, m.olga, DATASET, case.documents[0], now=m.now),
        "refused",
    ),
    "drop": Stage(_superseded, _drop, ""),
    "drop of what was appended to": Stage(lambda m: _superseded(m, again=2), _drop, ""),
    "drop of an upload": Stage(_abandoned, _drop_upload, ""),
    "next version": Stage(_with_next_version, _publish, "refused"),
}


class Workbench:
    """One market whose directory is exchanged under it: what SQLAlchemy has compiled is kept.

    The directory holds a platform with its people from the beginning.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._database = open_database(f"sqlite:///{home / 'portal.db'}")
        self.market = market_over(self._database, home, PROGRAMS)

    def close(self) -> None:
        """Let go of the directory; the market opens it again when it is used."""
        self._database.close()

    def prepare(self, stage: str) -> None:
        """Go to where the stage begins."""
        self.market.now = NOW
        case = STAGES[stage].prepare(self.market)
        (self.home / "case.json").write_text(json.dumps(asdict(case)))

    def step(self, stage: str) -> None:
        """Do the stage's step, at the time it is due."""
        stored = json.loads((self.home / "case.json").read_text())
        case = Case(**{**stored, "documents": tuple(stored["documents"])})
        self.market.now = max(case.now, self.market.now)
        STAGES[stage].step(self.market, case)

    def fatal_step(self, stage: str, fatal: int) -> int:
        """Do it and die at that write; the number of writes, if the process lives to count."""
        countdown = Countdown(fatal)
        count_database(self._database.engine, countdown)
        count_files(countdown)
        self.market.now = NOW
        self.step(stage)
        # Done, and nobody was told.
        countdown.write()
        return countdown.seen


def main(home: Path) -> None:
    """Do steps in `home`, which whoever asks exchanges between them."""
    benches: list[Workbench] = []

    def rehearse(words: list[str]) -> None:
        # Opened when asked, not before: until then the directory is the asker's.
        bench = benches[0] if benches else Workbench(home)
        benches[:] = [bench]
        bench.market.now = NOW
        bench.step(words[0].replace("-", " "))
        bench.close()

    serve(lambda words: benches[0].fatal_step(words[0].replace("-", " "), int(words[1])), rehearse)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
