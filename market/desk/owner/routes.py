"""The owner's pages together: declare and publish, decide, grant, watch."""

from __future__ import annotations

from fastapi import APIRouter

from market.desk.owner import agent as pages_owner_agent
from market.desk.owner import declare as pages_owner_declare
from market.desk.owner import grants as pages_owner_grants
from market.desk.owner import next_version as pages_owner_next
from market.desk.owner import publish as pages_owner_publish
from market.desk.owner import requests as pages_owner_requests
from market.desk.owner import tables as pages_owner_tables
from market.desk.owner import terms as pages_owner_terms

router = APIRouter()
for module in (
    pages_owner_agent,
    pages_owner_tables,
    pages_owner_terms,
    pages_owner_declare,
    pages_owner_next,
    pages_owner_publish,
    pages_owner_requests,
    pages_owner_grants,
):
    router.include_router(module.router)
