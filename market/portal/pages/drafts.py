"""Drafts of listings: an owner says here what a dataset is, and their client signs it."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from market.entities.draft import MOST_DRAFTS, DraftContent
from market.entities.people import User
from market.errors import Conflict, MarketError, Refused
from market.pages.declaration_choices import LICENCES, NULL_WORDS, QUESTIONS
from market.pages.declaration_labels import LABELS, label_of
from market.plan.dataset_ids import DATASET_ID
from market.policy.listing.policy_templates import TEMPLATES, template_of
from market.portal.access import (
    CSRF_CHECKED,
    CheckedForm,
    LongForm,
    Now,
    PlatformHere,
    Reader,
)
from market.portal.addresses import DraftNumber
from market.portal.pages.draft_form import content_of, done_to, revision_of
from market.portal.pages.page import go, page
from market.portal.problems import status_of
from market.portal.views.draft import (
    STEP_BADGES,
    differences,
    questions_in_words,
    sentences_by_field,
    way_of,
)
from market.services.publish.read_drafts import ReadDraft, list_drafts, read_draft
from market.services.publish.write_draft import (
    delete_draft,
    duplicate_draft,
    save_draft,
    start_draft,
    start_next_version,
)


@dataclass(frozen=True, slots=True)
class _Typed:
    """What stands in the form, and the revision that it is to take the place of."""

    content: DraftContent
    revision: int


router = APIRouter(prefix="/drafts", include_in_schema=False)


@router.get("")
def drafts(request: Request, platform: PlatformHere, user: Reader) -> Response:
    """The drafts of the reader's organisation, and where a new one begins."""
    return page(
        request,
        "drafts.html",
        user=user,
        drafts=list_drafts(platform, user),
        badges=STEP_BADGES,
        templates=TEMPLATES,
        most=MOST_DRAFTS,
    )


@router.post("")
def start(platform: PlatformHere, user: Reader, now: Now, form: CheckedForm) -> Response:
    """Start a draft: from one of the policies, or from what a dataset's listing says."""
    if "dataset" in form and form["dataset"] != [""]:
        dataset = form["dataset"][0]
        if not DATASET_ID.fullmatch(dataset):
            raise Refused(
                "form-malformed",
                "Field dataset is no dataset's id.",
                "Begin at the dataset's page.",
            )
        return go(f"/drafts/{start_next_version(platform, user, dataset, now=now).number}")
    names = [template.name for template in TEMPLATES]
    chosen = (form.get("template") or [""])[0]
    template = template_of(chosen if chosen in names else "request")
    draft = start_draft(platform, user, template.given_to(DraftContent()), now=now)
    return go(f"/drafts/{draft.number}")


@router.get("/{draft}")
def one(request: Request, draft: DraftNumber, platform: PlatformHere, user: Reader) -> Response:
    """A draft's form, what it lacks, and how far it has come on its way."""
    read = read_draft(platform, user, draft)
    return _page(request, user, read, _Typed(read.draft.content, read.draft.revision))


@router.post("/{draft}")
def save(
    request: Request,
    draft: DraftNumber,
    platform: PlatformHere,
    user: Reader,
    now: Now,
    form: LongForm,
) -> Response:
    """Keep what was typed, after what was pressed; two who save at once see each other's."""
    # Whose it is not learns nothing from how a form is read.
    read_draft(platform, user, draft)
    typed = _Typed(content_of(form), revision_of(form))
    content, place = done_to(typed.content, form)
    try:
        save_draft(platform, user, draft, content, revision=typed.revision, now=now)
    except (Conflict, Refused) as error:
        read = read_draft(platform, user, draft)
        if isinstance(error, Conflict):
            # Who has seen what the other saved may save over it.
            typed = _Typed(content, read.draft.revision)
        return _page(request, user, read, typed, error)
    return go(f"/drafts/{draft}", done="draft-saved", place=place)


@router.post("/{draft}/duplicate", dependencies=[CSRF_CHECKED])
def duplicate(draft: DraftNumber, platform: PlatformHere, user: Reader, now: Now) -> Response:
    """Start another draft that says the same."""
    copy = duplicate_draft(platform, user, draft, now=now)
    return go(f"/drafts/{copy.number}", done="draft-duplicated")


@router.post("/{draft}/delete", dependencies=[CSRF_CHECKED])
def delete(draft: DraftNumber, platform: PlatformHere, user: Reader) -> Response:
    """Delete a draft for good; what was listed of it stays."""
    delete_draft(platform, user, draft)
    return go("/drafts", done="draft-deleted")


def _page(
    request: Request,
    user: User,
    read: ReadDraft,
    typed: _Typed,
    error: MarketError | None = None,
) -> Response:
    """The form as it was typed; beside it what is kept, where the two differ by a conflict."""
    kept, content = read.draft.content, typed.content
    is_conflict = isinstance(error, Conflict)
    return page(
        request,
        "draft.html",
        status=status_of(error) if error else 200,
        user=user,
        read=read,
        draft=read.draft,
        content=content,
        revision=typed.revision,
        error=error,
        differences=differences(content, kept) if is_conflict else [],
        lacks=sentences_by_field(read.gaps),
        # Before anybody has saved it, every field is empty, which need not be said.
        is_begun=read.draft.revision > 1,
        label_of=lambda field: label_of(field, kept),
        labels=LABELS,
        way=way_of(read),
        badge=STEP_BADGES[read.step],
        templates=TEMPLATES,
        questions=questions_in_words(content),
        kinds=QUESTIONS,
        licences=LICENCES,
        null_words=NULL_WORDS,
    )
