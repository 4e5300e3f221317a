"""A page's form with one file in it, as browsers send it without any script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from market.adapters.full_disk import typed_disk_failures
from market.portal.access import checked_texts

FILE_FIELD: Final = "file"
_MOST_FIELDS: Final = 50


@dataclass(frozen=True, slots=True)
class FileForm:
    """A form's texts by field, and the bytes of its file; None where none was chosen."""

    fields: dict[str, list[str]]
    file: bytes | None

    def first(self, name: str, *, maximum_characters: int) -> str:
        """A field's first value, cut; empty where there is none."""
        return (self.fields.get(name) or [""])[0][:maximum_characters]


async def checked_file_form(request: Request) -> FileForm:
    """The form, once its CSRF token was found right.

    Raises:
        NotPermitted, Refused: as `market.portal.access.checked_form`, but for the one file.
        Unavailable: `disk-full`, `disk-failed`: a large file is put aside while it comes.
    """
    with typed_disk_failures("the file that was sent"):
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
            chosen = form.get(FILE_FIELD)
            fields = checked_texts(
                request, (it for it in form.multi_items() if it[1] is not chosen)
            )
            if not isinstance(chosen, UploadFile) or not (chosen.filename or chosen.size):
                return FileForm(fields, None)
            return FileForm(fields, await chosen.read())


CheckedFileForm = Annotated[FileForm, Depends(checked_file_form)]
