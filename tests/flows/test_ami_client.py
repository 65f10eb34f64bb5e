"""The AMI client over real sockets against bytes of the real Asterisk: answers, cuts, silence, a slow consumer."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from core.wire import BadLine
from seats.ami import AmiClient, AmiDeadline, AmiEvent, AmiGone, AmiLogin, AmiRefused
from seats.ami.client import PING_AFTER
from tests.fakes.ami_manager import SECRET, AmiManager, answer_of, events_of
from tests.fakes.becomes import becomes

QUICK = 0.05


class Consumer:
    """Keeps what it is told, in order."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.slow: asyncio.Event | None = None
        self.members: list[str] = []
        self.snapshot = False

    async def on_event(self, event: AmiEvent) -> None:
        if self.slow is not None:
            await self.slow.wait()
        self.told.append(event.name)

    async def on_resync(self, client: AmiClient) -> None:
        self.told.append("resync")
        if self.snapshot:
            rows = (await client.collect("QueueStatus")).rows
            self.members = [row.fields["Name"] for row in rows if row.name == "QueueMember"]
            self.told.append("snapshot")

    def on_stale(self, reason: str) -> None:
        self.told.append("stale")


@pytest.fixture
async def manager() -> AsyncIterator[AmiManager]:
    manager = AmiManager()
    manager.answers = {
        "queuestatus": ("7", answer_of("ami/actions", "7")),
        "coreshowchannels": ("8", answer_of("ami/actions", "8")),
        "command": ("4", answer_of("ami/actions", "4")),
        "getvar": ("12", answer_of("ami/actions", "12")),
    }
    await manager.listen()
    yield manager
    await manager.close()


@pytest.fixture
def consumer() -> Consumer:
    return Consumer()


def client_of(
    manager: AmiManager,
    consumer: Consumer,
    secret: str = SECRET,
    wanted: set[str] | None = None,
    queue_limit: int = 10_000,
    ping_after: float = PING_AFTER,
) -> AmiClient:
    return AmiClient(
        AmiLogin("127.0.0.1", manager.port, "watcher", secret),
        wanted=wanted,
        on_event=consumer.on_event,
        on_resync=consumer.on_resync,
        on_stale=consumer.on_stale,
        queue_limit=queue_limit,
        ping_after=ping_after,
    )


@pytest.fixture
async def client(manager: AmiManager, consumer: Consumer) -> AsyncIterator[AmiClient]:
    client = client_of(manager, consumer)
    await client.start()
    await client.wait_connected(5)
    await becomes(lambda: consumer.told == ["resync"])
    yield client
    await client.close()


async def test_actions_and_lists_with_recorded_answers(client: AmiClient) -> None:
    value, output, listed, none = await asyncio.gather(
        client.action("Getvar", {"Variable": "HOTLINE_名"}),
        client.action("Command", {"Command": "queue show"}),
        client.collect("QueueStatus"),
        client.collect("CoreShowChannels"),
    )
    assert value.fields["Value"] == "河南省税务局"
    assert any("坐席 3710001" in line for line in output.output)
    assert [row.name for row in listed.rows] == ["QueueParams", "QueueMember", "QueueParams"]
    assert none.rows == ()


async def test_refused_late_and_ill_formed_actions_leave_the_link_up(client: AmiClient) -> None:
    with pytest.raises(AmiRefused, match="Invalid/unknown command"):
        await client.action("NoSuchAction")
    with pytest.raises(AmiDeadline):
        await client.action("NeverAnswers", deadline=QUICK)
    with pytest.raises(BadLine):
        await client.action("Setvar", {"Variable": "X", "Value": "a\r\nAction: Originate"})
    assert (await client.action("Ping")).succeeded
    assert client.connected


async def test_events_come_in_order_and_filtered(manager: AmiManager, consumer: Consumer) -> None:
    client = client_of(manager, consumer, wanted={"QueueCallerJoin", "AgentConnect", "UserEvent"})
    await client.start()
    await client.wait_connected(5)
    manager.say(events_of("ami/queue_call"))
    await becomes(lambda: consumer.told.count("UserEvent") == 3)
    assert consumer.told[0] == "resync"
    assert set(consumer.told[1:]) == {"QueueCallerJoin", "AgentConnect", "UserEvent"}
    assert consumer.told.index("QueueCallerJoin") < consumer.told.index("AgentConnect")
    await client.close()


async def test_a_list_is_whole_though_its_rows_are_filtered(manager: AmiManager, consumer: Consumer) -> None:
    client = client_of(manager, consumer, wanted=set())
    await client.start()
    await client.wait_connected(5)
    assert len((await client.collect("QueueStatus")).rows) == 3
    await client.close()


async def test_cut_a_hundred_times_it_comes_back_with_a_snapshot_first(manager: AmiManager, consumer: Consumer) -> None:
    consumer.snapshot = True
    client = client_of(manager, consumer)
    await client.start()
    for number in range(1, 101):
        await becomes(lambda number=number: consumer.told.count("snapshot") == number, seconds=5)  # type: ignore[misc]
        manager.say(b"Event: Mark\r\nNumber: 1\r\n\r\n")
        await becomes(lambda number=number: consumer.told.count("Mark") == number)  # type: ignore[misc]
        manager.cut()
    await becomes(lambda: consumer.told.count("stale") == 100)
    assert consumer.told[: 4 * 5] == ["resync", "snapshot", "Mark", "stale"] * 5
    assert consumer.members == ["坐席 3710001"]
    await client.close()


async def test_an_action_under_way_when_the_link_breaks(client: AmiClient, manager: AmiManager) -> None:
    asked = asyncio.create_task(client.action("NeverAnswers"))
    await asyncio.sleep(0)
    manager.cut()
    with pytest.raises(AmiGone):
        await asked
    assert not client.connected
    with pytest.raises(AmiGone):
        await client.action("Ping")
    await client.wait_connected(5)


async def test_a_half_open_link_is_found_by_a_ping(manager: AmiManager, consumer: Consumer) -> None:
    client = client_of(manager, consumer, ping_after=QUICK)
    await client.start()
    await becomes(lambda: manager.pings >= 3)
    assert client.tally["lost"] == 0
    manager.silent = True
    await becomes(lambda: client.tally["half_open"] == 1)
    manager.silent = False
    await becomes(lambda: manager.logins == 2 and client.connected)
    await client.close()
    assert 3 * PING_AFTER <= 5


async def test_a_slow_consumer_gets_a_fresh_picture_and_stalls_nobody(manager: AmiManager, consumer: Consumer) -> None:
    consumer.slow = asyncio.Event()
    client = client_of(manager, consumer, queue_limit=50)
    await client.start()
    await client.wait_connected(5)
    for _ in range(5):
        manager.say(events_of("ami/queue_call"))
        assert (await client.action("Ping")).succeeded
    assert client.tally["overflowed"] > 0
    consumer.slow.set()
    manager.say(b"Event: Last\r\nX: y\r\n\r\n")
    await becomes(lambda: consumer.told[-1] == "Last")
    assert consumer.told.count("stale") == client.tally["overflowed"]
    fresh = consumer.told[len(consumer.told) - consumer.told[::-1].index("resync") :]
    assert len(fresh) <= 51
    await client.close()


async def test_a_login_before_asterisk_is_up_draws_the_picture_again(
    client: AmiClient, manager: AmiManager, consumer: Consumer
) -> None:
    manager.say(b"Event: FullyBooted\r\nUptime: 4711\r\n\r\n")
    manager.say(b"Event: FullyBooted\r\nUptime: 0\r\n\r\n")
    await becomes(lambda: len(consumer.told) >= 3 and consumer.told[-1] == "FullyBooted")
    assert consumer.told.count("resync") == 2


async def test_a_consumer_that_fails_goes_on(manager: AmiManager) -> None:
    class Failing(Consumer):
        async def on_event(self, event: AmiEvent) -> None:
            await super().on_event(event)
            if event.name == "Bad":
                raise ZeroDivisionError

    consumer = Failing()
    client = client_of(manager, consumer)
    await client.start()
    await client.wait_connected(5)
    manager.say(b"Event: Bad\r\nX: y\r\n\r\nEvent: Good\r\nX: y\r\n\r\n")
    await becomes(lambda: consumer.told == ["resync", "Bad", "Good"])
    await client.close()


async def test_the_wrong_secret_and_nobody_there(manager: AmiManager, consumer: Consumer) -> None:
    client = client_of(manager, consumer, secret="wrong")
    await client.start()
    with pytest.raises(AmiDeadline):
        await client.wait_connected(QUICK)
    assert manager.logins == 0
    await client.close()
    await manager.close()
    client = client_of(manager, consumer)
    await client.start()
    with pytest.raises(AmiDeadline):
        await client.wait_connected(QUICK)
    await manager.listen()
    await client.wait_connected(5)
    await client.close()


@pytest.mark.parametrize("garbage", [b"no message\r\n\r\n", b"x" * (4 * 1024 * 1024 + 1)])
async def test_garbage_from_the_other_end_makes_a_new_link(
    client: AmiClient, manager: AmiManager, consumer: Consumer, garbage: bytes
) -> None:
    manager.say(garbage)
    await becomes(lambda: consumer.told.count("resync") == 2)
    assert (await client.action("Ping")).succeeded
