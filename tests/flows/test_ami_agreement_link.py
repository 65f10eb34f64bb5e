"""panoramisk's AMI client and ours, on the same link, are told the same events."""

import asyncio

from panoramisk import Manager

from seats.ami import AmiClient, AmiEvent, AmiLogin
from tests.fakes.ami_manager import SECRET, AmiManager, events_of
from tests.fakes.becomes import becomes

LAST = b"Event: Last\r\nX: y\r\n\r\n"


async def test_both_are_told_the_same_events() -> None:
    asterisk = AmiManager()
    await asterisk.listen()
    seen: dict[str, list[tuple[str, str]]] = {"ours": [], "panoramisk": []}

    async def on_event(event: AmiEvent) -> None:
        seen["ours"].append((event.name, event.fields.get("CallerIDName", "")))

    client = AmiClient(AmiLogin("127.0.0.1", asterisk.port, "watcher", SECRET), on_event=on_event)
    await client.start()
    await client.wait_connected(5)
    theirs = Manager(
        loop=asyncio.get_running_loop(), host="127.0.0.1", port=asterisk.port, username="watcher", secret=SECRET
    )

    def on_their_event(_: Manager, event: object) -> None:
        seen["panoramisk"].append((event.event, event.calleridname))  # type: ignore[attr-defined]

    theirs.register_event("*", on_their_event)
    await theirs.connect()
    await becomes(lambda: asterisk.logins == 2)
    asterisk.say(events_of("ami/sip_calls") + events_of("ami/queue_call") + LAST)
    await becomes(lambda: all(told and told[-1][0] == "Last" for told in seen.values()))
    assert seen["ours"] == seen["panoramisk"]
    assert len(seen["ours"]) > 400
    theirs.on_disconnect = lambda *_: None
    theirs.close()
    await client.close()
    await asterisk.close()
