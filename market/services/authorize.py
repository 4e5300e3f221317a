"""May this person see this, or do that? Every use case and every route asks here, and only here
does a refusal of that kind get its code.

Two rules of manners hold throughout. What somebody must not know of does not exist for them: a job
of strangers is `no-job`, the same words as for an id nobody ever had. What everybody may know of is
refused by name: a dataset stands in the catalogue, so it is `not-your-dataset`.

Only a publication claims a name (market.ports.catalogue.Catalogue.publish); nothing here does.
"""

from __future__ import annotations

from crypto.identity import PublicKey
from market.entities.consortium import Consortium
from market.entities.dataset import AccessRequest, Dataset
from market.entities.draft import Draft
from market.entities.job import Job
from market.entities.offer import Offer
from market.entities.people import Caller, Operator, Role, User
from market.errors import Conflict, NotFound, NotPermitted
from market.policy.consortia.consortium import no_consortium
from market.policy.drafts.draft_changes import no_draft
from market.policy.listing.chunk_key import read_chunk_key
from market.services.own_agents import agents_of
from market.services.platform import Platform, Registers
from market.services.sources import Part, consortium_of, datasets_of, parts_of

_GET_KEY = "Ask the administrator for the role; register your key with `market keys register`."


def require_scope(caller: Caller, scope: str) -> User:
    """The user of a caller whose token has `scope` (raises NotPermitted, `token-scope`)."""
    if scope not in caller.scopes:
        wider = " ".join(f"--scope {one}" for one in (*caller.scopes, scope))
        raise _lacks_scope(caller, scope, f"Make another: market login {wider}.")
    return caller.user


def require_person(caller: Caller) -> User:
    """The user of a person's token, not of an agent's (raises NotPermitted, `token-scope`)."""
    if not {"client", "owner"}.intersection(caller.scopes):
        raise _lacks_scope(caller, "client or owner", "Use the token of a person: market login.")
    return caller.user


def require_owner_or_agent(caller: Caller) -> User:
    """The user of a token that speaks for an owner or for their agent (raises NotPermitted)."""
    return require_scope(caller, "agent" if "agent" in caller.scopes else "owner")


def require_role(user: User, role: Role) -> None:
    """That the user has the role (raises NotPermitted, `role-missing`)."""
    if role not in user.roles:
        raise NotPermitted(
            "role-missing",
            f"User {user.user} has the roles {', '.join(user.roles)}; {role} is needed.",
            "Ask the administrator of the portal.",
        )


def require_administrator(by: User | Operator) -> None:
    """That whoever acts may administer: an administrator, or an operator at the machine itself."""
    if isinstance(by, User):
        require_role(by, "administrator")


def administrator_of(caller: Caller) -> User:
    """The administrator behind a person's token (raises NotPermitted)."""
    user = require_scope(caller, "client")
    require_administrator(user)
    return user


def require_owner(user: User, deed: str) -> None:
    """That the user has an owner's role and key for `deed` (raises NotPermitted)."""
    if "owner" not in user.roles or not user.identity_key:
        raise NotPermitted(
            "not-an-owner",
            f"User {user.user} cannot {deed}: an owner's role and identity key are needed.",
            _GET_KEY,
        )


def require_buyer(user: User, deed: str) -> None:
    """That the user has a buyer's role and key for `deed` (raises NotPermitted)."""
    if "buyer" not in user.roles or not user.identity_key:
        raise NotPermitted(
            "not-a-buyer",
            f"User {user.user} cannot {deed}: a buyer's role and identity key are needed.",
            _GET_KEY,
        )


def require_asker(user: User) -> None:
    """That the user may ask in a member's name: a buyer or an owner (raises NotPermitted)."""
    if not {"buyer", "owner"}.intersection(user.roles):
        raise NotPermitted(
            "not-a-buyer",
            f"User {user.user} cannot submit: a buyer's or an owner's role is needed.",
            _GET_KEY,
        )


def owns(user: User, dataset: Dataset | Offer) -> bool:
    """Whether the dataset is this user's."""
    return dataset.owner == user.user


def own_dataset(platform: Platform, user: User, dataset: str) -> Dataset:
    """A dataset of this user.

    Raises:
        NotFound: there is none of this id. NotPermitted: it is another's.
    """
    found = platform.catalogue.dataset(dataset)
    if not owns(user, found):
        raise _not_yours(f"Dataset {dataset} does not belong to {user.user}.", "Ask its owner.")
    return found


def may_see_access_request(user: User, dataset: Dataset, asked: AccessRequest) -> bool:
    """Whether a wish for access is shown to the user: to the owner, and where it came from."""
    return owns(user, dataset) or asked.organisation == user.organisation


def require_free_name(platform: Platform, user: User, dataset: str) -> None:
    """That nobody else has published, or founded a consortium, under this id (raises Conflict)."""
    claimant = platform.catalogue.claimant(dataset)
    if claimant not in (None, user.user) or platform.consortia.has(dataset):
        raise Conflict(
            "dataset-of-another",
            f"The name {dataset} belongs to another owner.",
            "Publish under another name.",
        )


def own_draft(platform: Platform, user: User, number: int) -> Draft:
    """A draft of the user's organisation, which all owners of it see and change alike.

    Raises:
        NotPermitted: `role-missing`: the user is no owner.
        NotFound: `no-draft`: there is none, or it is of another organisation.
    """
    require_role(user, "owner")
    draft = platform.drafts.get(number)
    if draft.organisation != user.organisation:
        raise no_draft(number)
    return draft


def require_own_chunk(user: User, key: str) -> str:
    """That a key lies where this user's chunks do; returns the dataset id it names.

    Raises:
        Refused: it is not a chunk's key. NotPermitted: it is another owner's.
    """
    dataset, owner = read_chunk_key(key)
    if not user.identity_key or PublicKey.parse(user.identity_key).fingerprint() != owner:
        raise _not_yours(
            f"Key {key[:200]} lies under another owner's key.",
            "Publish with the installed client and the registered identity key.",
        )
    return dataset


def require_own_agent(platform: Platform, user: User, agent: str) -> None:
    """That a manifest of the user's names this agent (raises NotPermitted, `not-your-agent`)."""
    if agent not in agents_of(platform, user):
        raise NotPermitted(
            "not-your-agent",
            "No dataset of yours names this agent, and you have joined no consortium with it.",
            "Publish, or join a consortium, with this agent first.",
        )


def visible_job(platform: Platform, user: User, job_id: str) -> Job:
    """A job of the user's organisation, on a dataset they own, or of a consortium in which their
    organisation has a seat; any, for an administrator.

    Raises:
        NotFound: `no-job`: there is none, or it is none of theirs.
    """
    job = _found(platform, job_id, "of yours")
    if job.organisation == user.organisation or "administrator" in user.roles:
        return job
    if any(owns(user, dataset) for dataset in datasets_of(platform, job)):
        return job
    if is_members(platform, user, job):
        return job
    raise _no_job(job_id, "of yours")


def is_members(platform: Platform, user: User, job: Job) -> bool:
    """Whether a job asks a consortium in whose agreement the user's organisation has a seat."""
    return job.engine == "members" and (
        user.organisation in consortium_of(platform, job).organisations
    )


def visible_consortium(
    platform: Platform, user: User, consortium: str, number: int | None = None
) -> Consortium:
    """An agreement in which the user's organisation has a seat; any, for an administrator.

    Args:
        number: which one; the newest where it is None.

    Raises:
        NotFound: `no-consortium`: there is none, or it is none of theirs.
    """
    consortia = platform.consortia
    found = consortia.newest(consortium) if number is None else consortia.get(consortium, number)
    if user.organisation in found.organisations or "administrator" in user.roles:
        return found
    raise no_consortium(consortium)


def own_part(platform: Registers, user: User, job_id: str) -> tuple[Job, Part]:
    """A job that asks data of this owner, and the part of it that their agent answers for.

    Raises:
        NotFound: `no-job`: there is none, or it is on somebody else's data.
    """
    job = _found(platform, job_id, "on your data")
    if (part := part_of(platform, user, job)) is None:
        raise _no_job(job_id, "on your data")
    return job, part


def part_of(platform: Registers, user: User, job: Job) -> Part | None:
    """The part of a job that the user's agent answers for: data of theirs alone, and all of it
    under one agent, since an owner has one; or their seat in a consortium."""
    for part in parts_of(platform, job):
        if part.is_of(user):
            return part
    return None


def asked_job(platform: Platform, user: User, job_id: str) -> Job:
    """A job that a buyer of the user's organisation, as they are, may sign and take back.

    Raises:
        NotFound: `no-job`: there is none, or it is not theirs.
    """
    job = _found(platform, job_id, "of yours")
    if not speaks_for(user, job):
        raise _no_job(job_id, "of yours")
    return job


def speaks_for(user: User, job: Job) -> bool:
    """Whether the user may ask in the name of the organisation that the job's answer is for: its
    buyers, and of a member of a consortium its owners too."""
    asking: set[Role] = {"buyer"} if job.engine == "ciphertext" else {"buyer", "owner"}
    return job.organisation == user.organisation and not asking.isdisjoint(user.roles)


def require_own_result(user: User, job: Job, signer: str) -> None:
    """That the user signed the job themself, with `signer` (NotPermitted, `not-your-result`)."""
    if signer != user.identity_key:
        raise NotPermitted(
            "not-your-result",
            f"Job {job.job} was not signed by {user.user}: its result is not theirs to hand on.",
            "Ask whoever signed it; the job's page names them.",
        )


def colleagues_of(platform: Platform, user: User) -> list[User]:
    """Whom the user may share a result with: others of their organisation who are let in."""
    everybody = platform.people.users()
    mine = [one for one in everybody if one.organisation == user.organisation]
    return [one for one in mine if one.is_active and one.user != user.user]


def _found(platform: Registers, job_id: str, whose: str) -> Job:
    try:
        return platform.jobs.get(job_id)
    except NotFound as error:
        # In the words for a job of strangers: which ids exist is nobody's business.
        raise _no_job(job_id, whose) from error


def _no_job(job_id: str, whose: str) -> NotFound:
    return NotFound("no-job", f"There is no job {job_id} {whose}.", "Look at your job list.")


def _lacks_scope(caller: Caller, needed: str, next_action: str) -> NotPermitted:
    return NotPermitted(
        "token-scope",
        f"The token has the scopes {', '.join(caller.scopes) or 'none'}; {needed} is needed.",
        next_action,
    )


def _not_yours(message: str, next_action: str) -> NotPermitted:
    return NotPermitted("not-your-dataset", message, next_action)
