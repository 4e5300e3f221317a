"""Who sends slowly, or much at once, keeps no other owner from publishing."""

from __future__ import annotations

import asyncio

import pytest

from market.errors import MarketError
from market.portal.upload_desk import (
    PLACES,
    PLACES_OF_ONE,
    UploadDesk,
    arriving,
    time_for,
)


async def hold(desk: UploadDesk, owner: str, until: asyncio.Event, begun: list[str]) -> None:
    async with desk.place(owner):
        begun.append(owner)
        await until.wait()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_one_owner_leaves_places_to_the_others() -> None:
    async def story() -> None:
        desk, until, begun = UploadDesk(), asyncio.Event(), list[str]()
        tasks = [
            asyncio.create_task(hold(desk, "olga", until, begun)) for _ in range(PLACES_OF_ONE)
        ]
        await settle()
        with pytest.raises(MarketError) as error:
            await hold(desk, "olga", until, begun)
        assert error.value.code == "too-many-uploads"
        tasks.append(asyncio.create_task(hold(desk, "otto", until, begun)))
        await settle()
        assert begun == ["olga"] * PLACES_OF_ONE + ["otto"]
        until.set()
        await asyncio.gather(*tasks)
        # What was held is given back.
        await hold(desk, "olga", until, begun)

    asyncio.run(story())


def test_no_more_objects_are_held_than_there_are_places() -> None:
    async def story() -> None:
        desk, until, begun = UploadDesk(), asyncio.Event(), list[str]()
        owners = [f"owner-{number}" for number in range(PLACES + 2)]
        tasks = [asyncio.create_task(hold(desk, owner, until, begun)) for owner in owners]
        await settle()
        assert begun == owners[:PLACES]
        until.set()
        await asyncio.gather(*tasks)
        assert begun == owners

    asyncio.run(story())


def test_object_that_does_not_arrive_gives_its_place_back() -> None:
    async def story() -> None:
        desk = UploadDesk()
        with pytest.raises(MarketError) as error:
            async with desk.place("olga"), arriving(0.01):
                await asyncio.Event().wait()
        assert error.value.code == "upload-too-slow"
        async with desk.place("olga"), desk.place("olga"):
            pass

    asyncio.run(story())


def test_time_follows_from_the_size() -> None:
    assert time_for(1) < time_for(256 * 1024 * 1024) < 1_200
