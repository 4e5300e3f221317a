"""A job's documents, verified against the agent's own and priced again.

Whatever the platform sends is read strictly and compared with what the agent holds. A document
which does not verify is `Distrusted`: nothing is answered, since there is no request anybody
signed; the platform's word is not the buyer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeGuard, TypeVar

from crypto import canonical
from crypto.envelope import seal
from crypto.errors import CryptoError
from crypto.identity import PublicKey
from market import wire
from market.entities.job import AskedDataset
from market.entities.job_states import AgentState
from market.errors import Refused
from market.judgement.held import Held
from market.judgement.union import other_keys
from market.plan.lowered import lower
from market.plan.plan import Plan, plan_hash
from market.plan.schema import Schema
from market.policy.budget.admission import over_job_cap
from market.policy.listing.union import joint_schema
from market.pricing.quote import Quote, quote
from market.records.first_difference import first_difference
from market.records.request import Request
from market.records.signed import Signed, open_signed, record_hash
from market.vault.holdings import Holding
from market.vault.membership import Membership

H = TypeVar("H", bound=Held)
H_co = TypeVar("H_co", bound=Held, covariant=True)


class Distrusted(Refused):
    """The platform sent documents that do not verify; nothing is answered."""

    def __init__(self, job: str, reason: str) -> None:
        super().__init__(
            "documents-distrusted",
            f"Job {job:.40} is left alone: {reason}.",
            "Tell the operator of the portal: it does not forward what was signed.",
        )


@dataclass(frozen=True, slots=True)
class Work:
    """One line of the portal's list of work, as far as the agent reads it.

    `datasets` are all that the job asks, `own` those of them that the agent answers for; `approval`
    is the agent's own, or its owner's by hand; `joins` are those of every party of a consortium's
    job, once all have approved; `appointments` are the words by which the other datasets' owners
    have appointed their agents, in the order of those; `relay` is where members meet who accept no
    connection, empty for the portal itself.
    """

    job: str
    datasets: tuple[AskedDataset, ...]
    own: tuple[AskedDataset, ...]
    state: AgentState
    plan: str
    request: str
    approval: str | None
    joins: tuple[str, ...] = ()
    appointments: tuple[str, ...] = ()
    relay: str = ""


@dataclass(frozen=True, slots=True)
class QuestionInHand(Generic[H_co]):
    """A request its buyer signed, beside what is held that it is about, and the price derived here.

    Attributes:
        holding: what the owner signed of it, read once for all that is decided.
        buyer: fingerprint of the key that signed the request.
        price: our own quote with its noise scales, or why there is none.
        mismatch: the first field of the request that is not what was derived here, or empty.
    """

    work: Work
    holding: H_co
    request: Request
    request_hash: str
    buyer: str
    plan_hash: str
    price: Quote | Refused
    mismatch: str

    def need_price(self) -> Quote:
        """Our own quote (raises Refused: why there is none)."""
        if isinstance(self.price, Refused):
            raise self.price
        return self.price


def is_of_members(question: QuestionInHand[Any]) -> TypeGuard[QuestionInHand[Membership]]:
    """Whether a consortium's members compute the answer together."""
    return isinstance(question.holding, Membership)


def is_of_dataset(question: QuestionInHand[Any]) -> TypeGuard[QuestionInHand[Holding]]:
    """Whether the answer is released of an encrypted dataset."""
    return isinstance(question.holding, Holding)


def read_work(line: Mapping[str, Any]) -> Work:
    """Read one line of the list; members the agent has no use for are passed over.

    Raises:
        Distrusted: a member is missing or of another type.
    """
    try:
        return wire.from_json(
            Work,
            {name: line.get(name) for name in Work.__dataclass_fields__},
        )
    except CryptoError as error:
        raise Distrusted(str(line.get("job")), str(error)) from error


@lru_cache(maxsize=64)
def _verified(request_text: str) -> Signed[Request]:
    """A signed request. The same text again, at the release, is not verified again.

    Raises:
        CryptoError: it does not verify, which is not remembered.
    """
    return open_signed(Request, request_text.encode())


def read_question(work: Work, holding: H) -> QuestionInHand[H]:
    """Verify a job's documents and derive its price from the agent's own schema and policy.

    Raises:
        Distrusted: the request is unsigned, of another job, or the plan is not the signed one.
        Refused: `version-unpublished` while the publication of its version is not finished.
    """
    holding.require_published()
    try:
        signed = _verified(work.request)
        plan = wire.from_json(Plan, canonical.loads(work.plan.encode()))
    except CryptoError as error:
        raise Distrusted(work.job, str(error)) from error
    request = signed.record
    asked = tuple(
        AskedDataset(each.dataset, each.version, each.edition) for each in request.datasets
    )
    if (request.job, asked) != (work.job, work.datasets) or holding.asked not in asked:
        raise Distrusted(work.job, f"the request was signed for job {request.job:.40}")
    if plan.datasets != request.names:
        raise Distrusted(work.job, f"the plan asks {', '.join(plan.datasets)[:200]}")
    schema = joint_schema(holding.schema, request.names)
    digest = plan_hash(plan, (schema,) * len(request.names))
    if request.plan_hash != digest:
        raise Distrusted(work.job, f"the plan is {digest}, the signed one {request.plan_hash:.64}")
    price = _price(plan, schema, holding, request)
    return QuestionInHand(
        work=work,
        holding=holding,
        request=request,
        request_hash=record_hash(request),
        buyer=PublicKey.parse(signed.signer).fingerprint(),
        plan_hash=digest,
        price=price,
        mismatch=_mismatch(work, request, holding),
    )


def _price(plan: Plan, schema: Schema, holding: Held, request: Request) -> Quote | Refused:
    # Before pricing: how long that takes should not grow with what somebody signed.
    lattice = holding.lattice(len(request.names))
    if denied := over_job_cap(holding.policy, request.rho_units, lattice):
        return denied.error()
    try:
        return quote(lower(plan, schema), request.rho_units, holding.policy.delta, lattice)
    except Refused as error:
        return error


def _mismatch(work: Work, request: Request, holding: Held) -> str:
    if found := first_difference(holding.compared(request)):
        return f"its {found}"
    if isinstance(holding, Holding) and (others := _other_keys(work, request, holding)):
        return f"its {others}"
    try:
        # Only sealing shows whether a key is a point one may seal to.
        seal(b"", recipient=request.recipient_key, info=b"", aad=b"")
    except CryptoError as error:
        return str(error)
    return ""


def _other_keys(work: Work, request: Request, holding: Holding) -> str:
    try:
        return other_keys(request, holding, work.appointments)
    except CryptoError as error:
        raise Distrusted(work.job, str(error)) from error
