"""The policy card over HTTP: a helper sees the caller's area, and a seat sees its own card alone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from core.ids import AreaId, LinkedId, SeatNumber
from core.journal import Journal
from seats.http.app import app
from seats.live.model import SeatState
from seats.sharing.chosen import SeatChosen
from seats.sharing.view import SharingView
from tests.fakes.desk import Desk, call, seat

Client = TestClient[web.Request, web.Application]
OWN = "/api/v1/seats/3710001/card"
AT = datetime(2026, 11, 22, tzinfo=UTC)


class Rung:
    """A lending that rang 3710001 for one call."""

    def rings(self, call: LinkedId) -> tuple[SeatChosen, ...]:
        kaifeng, home = AreaId("kaifeng"), AreaId("zhengzhou")
        ring = SeatChosen(AT, kaifeng, SeatNumber("3710001"), home, "pair", "开封无空闲座席")
        return (ring,) if call == "7.1" else ()


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.services = replace(made.services, sharing=SharingView(Rung(), made.clock))
    return made


@pytest.fixture
async def client(desk: Desk, tmp_path: Path) -> AsyncIterator[Client]:
    made = app(desk.services, clock=desk.clock, journal=Journal(tmp_path, desk.clock))
    async with TestClient(TestServer(made)) as client:
        yield client


async def ask(client: Client, desk: Desk, user: str, path: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {await desk.token(user)}"}
    async with client.get(path, headers=headers) as response:
        return response.status, await response.json()


async def test_a_helper_sees_the_card_of_the_callers_area_and_why_it_rings(client: Client, desk: Desk) -> None:
    ringing = replace(seat("3710001", "zhengzhou", SeatState.RINGING), call=LinkedId("7.1"))
    desk.live.put(ringing, call("7.1", "kaifeng", "3710001"))
    status, card = await ask(client, desk, "ding", OWN)
    assert status == 200
    assert (card["area"], card["area_name"], card["own"], card["call"]) == ("kaifeng", "开封", False, "7.1")
    assert card["why"] == "开封无空闲座席"
    assert card["policy"]["scopes"] == ["kaifeng", "henan"]
    assert next(fact["area"] for fact in card["policy"]["facts"]) == "kaifeng"


async def test_without_a_call_the_card_is_the_seats_own_area(client: Client, desk: Desk) -> None:
    desk.live.put(seat("3710001", "zhengzhou"))
    _, card = await ask(client, desk, "ding", OWN)
    assert (card["area"], card["own"], card["call"], card["why"]) == ("zhengzhou", True, None, None)
    # A topic worded for this city alone.
    assert "zhengzhou" in {entry["scope"] for entry in card["policy"]["entries"]}


async def test_a_seat_has_no_card_but_its_own_and_a_supervisor_those_of_the_scope(client: Client, desk: Desk) -> None:
    desk.live.put(seat("3710001", "zhengzhou"))
    assert (await ask(client, desk, "ding", OWN.replace("3710001", "3710002")))[0] == 403
    assert (await ask(client, desk, "wang", OWN))[0] == 200
    assert (await ask(client, desk, "li", OWN.replace("3710001", "3712001")))[0] == 403


async def test_a_call_that_is_up_says_who_was_rung_and_why(client: Client, desk: Desk) -> None:
    desk.live.put(call("7.1", "kaifeng", "3710001"))
    _, answer = await ask(client, desk, "wang", "/api/v1/calls/7.1")
    assert [(ring["seat"], ring["rule"], ring["why"]) for ring in answer["rings"]] == [
        ("3710001", "pair", "开封无空闲座席")
    ]
