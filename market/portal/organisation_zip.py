"""An organisation's export as it leaves the portal: one zip file, sent as it is made."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import StreamingResponse

from market.adapters.zip_stream import zipped
from market.entities.people import User
from market.services.people.export_organisation import export_organisation
from market.services.platform import Platform


class ZipResponse(StreamingResponse):
    """A zip file that is sent as it is made."""

    media_type = "application/zip"


def exported(platform: Platform, by: User, organisation: str, *, now: int) -> Response:
    """The answer that carries an export. What fails on the way breaks it off, and a zip file
    without its end opens nowhere."""
    files = export_organisation(platform, by, organisation, now=now)
    name = f'attachment; filename="{organisation}.zip"'
    return ZipResponse(zipped(files, now=now), headers={"Content-Disposition": name})
