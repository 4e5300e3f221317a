"""The owner's pages together: declare and publish, decide, grant, watch."""

from __future__ import annotations

from fastapi import APIRouter

from market.desk import (
    pages_owner_agent,
    pages_owner_declare,
    pages_owner_grants,
    pages_owner_next,
    pages_owner_publish,
    pages_owner_requests,
    pages_owner_tables,
    pages_owner_terms,
)

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
