"""What a request names, verified under the keys of those who signed it: of either engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crypto.canonical import Json
from crypto.identity import PublicKey
from market.client.http.api import PortalClient
from market.client.kept.home import ClientHome
from market.client.verify.consortium import holding_agreement, require_compared, verified_answer
from market.client.verify.kept_publication import fetch_publication
from market.client.verify.publication import Publication
from market.entities.consortium import Consortium
from market.errors import NotFound
from market.plan.dataset_ids import DATASET_ID
from market.plan.program_input import ProgramInput
from market.plan.schema import Schema
from market.policy.consortia.membership import member_policy, recipient_rule
from market.policy.consortia.readiness import ready_agreement
from market.policy.decision import Denied
from market.policy.listing.union import asked_together
from market.policy.submission.asked_ids import read_dataset_ids
from market.pricing.lattice import AnyLattice, member_lattice
from market.records.agreement import Agreement
from market.records.listing import Policy
from market.records.request import RequestedDataset
from market.records.session import SessionTerms
from market.records.signed import record_hash
from market.records.union import Values


@dataclass(frozen=True, slots=True)
class AskedSource:
    """Versions of one dataset or of several owners', or a consortium under its agreement.

    Attributes:
        named: as a request names each, in the order of their ids.
        parties: public keys (hex) of the agents whose word it needs, in order.
        schema, policy, lattice: of all of it together.
        twin_seed: public; the same for everybody who makes its twin.
        values: which values of several owners open; None where there is one.
        agreement: of a consortium, else None.
    """

    named: tuple[RequestedDataset, ...]
    parties: tuple[str, ...]
    schema: Schema
    policy: Policy
    lattice: AnyLattice
    twin_seed: int
    values: Values | None = None
    agreement: Agreement | None = None

    @property
    def program_input(self) -> ProgramInput:
        """What a program is told that asks this."""
        return ProgramInput(tuple(one.dataset for one in self.named), self.schema)

    def session(self, *, is_verified: bool) -> SessionTerms | None:
        """What a request says of the members' session; None of encrypted data."""
        if self.agreement is None:
            return None
        return SessionTerms(record_hash(self.agreement), is_verified)


def source_of_publications(publications: Sequence[Publication]) -> AskedSource:
    """Versions of datasets, in the order of their ids, by what their owners signed.

    Raises:
        Refused: their owners do not let them be asked so (market.policy.listing.union).
    """
    asked = asked_together([publication.table for publication in publications])
    manifests = [publication.manifest for publication in publications]
    return AskedSource(
        named=tuple(map(_named, publications)),
        parties=tuple(sorted({manifest.agent for manifest in manifests})),
        schema=asked.schema,
        policy=asked.policy,
        lattice=asked.lattice,
        twin_seed=manifests[0].twin_seed,
        values=asked.values,
    )


def _named(publication: Publication) -> RequestedDataset:
    listing = publication.listing
    return RequestedDataset(
        listing.dataset,
        listing.version,
        listing.manifest_hash,
        listing.policy.price_cents,
        listing.edition,
    )


def source_of_agreement(agreement: Agreement) -> AskedSource:
    """A consortium, by what all its members signed; its terms are those they have agreed on."""
    proposal, digest = agreement.proposal, record_hash(agreement)
    return AskedSource(
        named=(RequestedDataset(proposal.consortium, proposal.number, digest, 0),),
        parties=agreement.parties,
        schema=proposal.schema,
        policy=member_policy(proposal.policy, None),
        lattice=member_lattice(proposal),
        # As a manifest's: public, and another one for another agreement.
        twin_seed=int(digest[:8], 16),
        agreement=agreement,
    )


def fetch_source(home: ClientHome, portal: PortalClient, asked: str) -> AskedSource:
    """The newest versions of datasets, or a consortium of the person's that takes questions.

    Args:
        asked: an id, or several with commas between.

    Raises:
        NotFound: there is neither. Unavailable: the portal is away and nothing is kept.
        Refused: signatures that do not hold, keys other than at first sight; and as
            `source_of_publications`.
    """
    names = read_dataset_ids(asked)
    try:
        return source_of_publications([fetch_publication(home, portal, name) for name in names])
    except NotFound as no_dataset:
        if len(names) > 1 or not DATASET_ID.fullmatch(names[0]):
            # Consortia are named as datasets are: this can be neither.
            raise
        try:
            found = holding_agreement(home, portal, names[0])
        except NotFound:
            raise no_dataset from None
    return source_of_agreement(ready_agreement(found.consortium))


def shown_source(
    home: ClientHome, name: str, shown: Mapping[str, Json], *, signer: PublicKey
) -> AskedSource:
    """The consortium whose documents the platform shows, for one who is to sign a request to it.

    Raises:
        Refused: documents that do not hold or are older than what was seen, members whose keys
            nobody has compared, `consortium-not-ready`, or `not-a-recipient`: the agreement does
            not name the signer.
    """
    found: Consortium = verified_answer(home, name, shown)
    require_compared(home, found, own_key=signer.hex)
    source = source_of_agreement(ready_agreement(found))
    if source.agreement is not None:
        decision = recipient_rule(source.agreement, source.policy, signer.fingerprint())
        if isinstance(decision, Denied):
            raise decision.error()
    return source
