"""What the agent keeps of each dataset, put there by the owner's client, never by the platform.

Where each file lies: market.vault.layout. Whatever decides is read from these files alone, so that
the platform has no say in which document counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crypto import parameters
from crypto.errors import CryptoError, FormatError
from crypto.parameters import Parameters
from market.adapters.private_files import write_private
from market.entities.job import AskedDataset
from market.errors import NotFound, Refused
from market.plan.lowered import Lowered
from market.plan.schema import Schema
from market.policy.budget.accounts import flooding_account
from market.policy.decision import Decision, Denied
from market.policy.listing.editions import outdated
from market.policy.listing.entitlement import entitlement, grant_in_force
from market.policy.listing.serving import Serving, policy_in_force
from market.policy.listing.union import not_as_agreed
from market.pricing.lattice import CiphertextLattice, ciphertext_lattice
from market.records.appointment import AgentKeys
from market.records.first_difference import first_difference
from market.records.grant import Grant
from market.records.listing import Listing, Policy
from market.records.manifest import Manifest
from market.records.request import Request
from market.records.signed import Signed, open_signed, record_hash
from market.records.union import Together
from market.vault.constants import encode_constants
from market.vault.editions import held_editions, keep_listing, read_listing
from market.vault.grants import read_grants, read_revoked
from market.vault.home import AgentHome
from market.vault.layout import damaged, version_path
from market.vault.standings import read_serving


@dataclass(frozen=True, slots=True)
class Holding:
    """One dataset version as the owner signed it, and what the owner says of its dataset.

    Attributes:
        listing: the edition under which it is asked.
        current: this version's newest edition.
        is_by_hand: whether none of the listings since the one asked let the agent itself approve.
        grants: every grant on the dataset.
        revoked_grants: the ids of those taken back.
        newest: the newest listing of the newest published version; this one's before any is.
        serving: which versions are answered; its newest version is 0 before any is published.
        mask_key: the agent's own (public, in hex).
    """

    listing: Signed[Listing]
    current: Listing
    is_by_hand: bool
    manifest: Signed[Manifest]
    manifest_hash: str
    grants: tuple[Grant, ...]
    revoked_grants: frozenset[str]
    newest: Listing
    serving: Serving
    mask_key: str

    @property
    def owner_key(self) -> str:
        """The owner's public key in hex: it signed the listing."""
        return self.listing.signer

    @property
    def policy(self) -> Policy:
        """The policy it is served under."""
        return policy_in_force(self.listing.record.policy, self.newest.policy)

    def require_published(self) -> None:
        """That the portal is known to list this version.

        Raises:
            Refused: `version-unpublished`.
        """
        record = self.listing.record
        if record.version > self.serving.newest_version:
            raise Refused(
                "version-unpublished",
                f"The publication of {record.dataset} version {record.version} did not finish.",
                "Run the same `market dataset publish` again, or discard the version.",
            )

    @property
    def parameters(self) -> Parameters:
        """The encryption parameters its manifest names."""
        return parameters.by_name(self.manifest.record.parameters)

    def lattice(self, tables: int) -> CiphertextLattice:
        """What sums over so many tables are opened on, each of them as this one."""
        capacity_rows = self.listing.record.schema.capacity_rows
        return ciphertext_lattice(capacity_rows, self.parameters, tables)

    @property
    def asked(self) -> AskedDataset:
        """How jobs name it."""
        record = self.listing.record
        return AskedDataset(record.dataset, record.version, record.edition)

    @property
    def agent(self) -> str:
        """The key (hex) of the agent its manifest names."""
        return self.manifest.record.agent

    @property
    def together(self) -> Together:
        """With whom it may be asked together: the newest word counts."""
        return self.newest.together

    @property
    def schema(self) -> Schema:
        """As it is listed."""
        return self.listing.record.schema

    @property
    def named_hashes(self) -> tuple[str, ...]:
        """What an approval names."""
        return (self.manifest_hash,)

    @property
    def charged(self) -> tuple[Manifest, ...]:
        """Whose budget a release is charged to."""
        return (self.manifest.record,)

    @property
    def key_accounts(self) -> tuple[str, ...]:
        """What its openings tell about its key is counted there."""
        return (flooding_account(self.manifest.record.key_id),)

    def refusal(self) -> Denied | None:
        """Why this version is not answered, or None."""
        return self.serving.refusal(self.asked.dataset, self.asked.version)

    def outdated(self) -> Denied | None:
        """Why the edition that is asked is not approved any more, or None."""
        return outdated(self.listing.record, self.current)

    def compared(self, request: Request) -> Mapping[str, tuple[object, object]]:
        """What a request says of it, and what is held."""
        place = request.names.index(self.asked.dataset)
        asked, union = request.datasets[place], request.union
        own = AgentKeys(self.agent, self.mask_key)
        return {
            "manifest": (asked.manifest_hash, self.manifest_hash),
            "agents": (request.parties, union.parties if union else (self.agent,)),
            "agent": (union.agents[place] if union else own, own),
            "price": (asked.price_cents, self.policy.price_cents),
            "session": (request.session, None),
        }

    def entitled(self, buyer: str, *, now: int) -> Decision:
        """Whether a buyer may ask, by policy and grants (market.policy.listing.entitlement)."""
        return entitlement(
            self.policy,
            self.grant_of(buyer, now=now),
            dataset=self.asked.dataset,
            lineages=self.manifest.record.lineages,
            buyer=buyer,
            now=now,
        )

    def unfit(self, _lowered: Lowered, request: Request) -> Denied | None:
        """Why it is not asked with these others, or by itself."""
        return not_as_agreed(self.together, request, self.asked.dataset)

    def entitlement_ends(self, buyer: str) -> tuple[int, ...]:
        """When the grants to a buyer end."""
        return tuple(grant.expires_at for grant in self.grants if grant.buyer == buyer)

    def grant_of(self, buyer: str, *, now: int) -> Grant | None:
        """The buyer's grant in force (market.policy.listing.entitlement)."""
        return grant_in_force(self.grants, self.revoked_grants, buyer, now=now)


def held_versions(home: AgentHome) -> list[tuple[str, int]]:
    """Every (dataset, version) with signed documents here, in order."""
    return sorted(
        (found.parent.parent.name, int(found.parent.name))
        for found in home.datasets_path.glob("*/*/manifest.json")
    )


def read_holding(
    home: AgentHome, dataset: str, version: int, *, edition: int | None = None
) -> Holding:
    """Read and verify what the owner signed about a version, as one edition of its listing has it;
    the newest for None.

    Raises:
        NotFound: this agent does not hold it, or not in that edition.
        Refused: `holding-damaged` when a document does not verify or fit the others.
    """
    path = version_path(home, dataset, version)
    if not (path / "manifest.json").exists():
        raise NotFound(
            "not-held",
            f"This agent does not hold {dataset} version {version}.",
            "Publish with this agent's directory.",
        )
    try:
        manifest = open_signed(Manifest, (path / "manifest.json").read_bytes())
        owner = manifest.signer
        listing = read_listing(home, dataset, version, owner, edition=edition)
        serving = read_serving(home, dataset, owner)
        since = _since(home, listing)
        newest = _newest_listing(home, serving, since[-1], owner)
        holding = Holding(
            listing,
            since[-1],
            all(one.policy.approval == "manual" for one in (*since, newest)),
            manifest,
            record_hash(manifest.record),
            read_grants(home, dataset, owner),
            read_revoked(home, dataset, owner),
            newest,
            serving,
            home.mask_key().public_hex,
        )
        _check_fit(holding, dataset, version, agent=home.signing_key().public.hex)
    except (CryptoError, OSError) as error:
        raise damaged(f"{dataset} version {version}: {error}") from error
    return holding


def write_holding(
    home: AgentHome,
    listing: Signed[Listing],
    manifest: Signed[Manifest],
    constants: Mapping[str, str],
) -> None:
    """Keep a signed version, with its constants as `encode_constants` takes them. The manifest is
    written last: without it the version is not held."""
    record = manifest.record
    path = version_path(home, record.dataset, record.version)
    write_private(path / "constants.bin", encode_constants(record, constants))
    keep_listing(home, listing)
    write_private(path / "manifest.json", manifest.encode())


def _since(home: AgentHome, listing: Signed[Listing]) -> list[Listing]:
    """This edition and all later ones of its version, in order."""
    record = listing.record
    later = [
        read_listing(home, record.dataset, record.version, listing.signer, edition=number).record
        for number in held_editions(home, record.dataset, record.version)
        if number > record.edition
    ]
    return [record, *later]


def _newest_listing(home: AgentHome, serving: Serving, current: Listing, owner: str) -> Listing:
    newest = serving.newest_version
    if newest in (0, current.version):
        return current
    return read_listing(home, current.dataset, newest, owner).record


def _check_fit(holding: Holding, dataset: str, version: int, *, agent: str) -> None:
    listing, manifest = holding.listing.record, holding.manifest.record
    expected = {
        "listing": ((listing.dataset, listing.version), (dataset, version)),
        "manifest": ((manifest.dataset, manifest.version), (dataset, version)),
        "manifest hash": (listing.manifest_hash, holding.manifest_hash),
        "current manifest hash": (holding.current.manifest_hash, holding.manifest_hash),
        "schema": (manifest.schema_digest, listing.schema.digest()),
        "parameters": (manifest.parameters_digest, holding.parameters.digest()),
        "agent": (manifest.agent, agent),
    }
    if found := first_difference(expected):
        raise FormatError(f"its {found}")
