"""The live picture: a snapshot and live events end in the same state."""

from seats.live.picture import Picture


def _channel(uniqueid: str, linkedid: str) -> dict[str, str]:
    return {"Uniqueid": uniqueid, "Linkedid": linkedid}


def _device(seat: str, state: str) -> dict[str, str]:
    return {"Device": f"PJSIP/{seat}", "State": state}


def test_legs_of_one_call_are_one_call() -> None:
    picture = Picture()
    picture.apply("Newchannel", _channel("1.1", "1.1"))
    picture.apply("Newchannel", _channel("1.2", "1.1"))
    picture.apply("Newchannel", _channel("1.3", "1.3"))
    assert picture.calls_up == 2
    picture.apply("Hangup", _channel("1.1", "1.1"))
    assert picture.calls_up == 2
    picture.apply("Hangup", _channel("1.2", "1.1"))
    assert picture.calls_up == 1


def test_two_calls_that_are_bridged_become_one() -> None:
    picture = Picture()
    picture.begin([_channel("1.1", "1.1"), _channel("1.2", "1.2")], [])
    picture.apply("BridgeEnter", _channel("1.2", "1.1"))
    assert picture.calls_up == 1


def test_a_seat_is_registered_while_it_can_be_rung_or_is_in_use() -> None:
    picture = Picture()
    for state, there in [("NOT_INUSE", True), ("RINGING", True), ("INUSE", True), ("UNAVAILABLE", False)]:
        picture.apply("DeviceStateChange", _device("3710001", state))
        assert ("3710001" in picture.registered) is there
    picture.apply("DeviceStateChange", {"Device": "Queue:zhengzhou", "State": "NOT_INUSE"})
    assert not picture.registered


def test_a_snapshot_begins_anew_whatever_was_believed() -> None:
    picture = Picture()
    picture.apply("Newchannel", _channel("9.9", "9.9"))
    picture.apply("DeviceStateChange", _device("3790001", "NOT_INUSE"))
    picture.begin([_channel("1.1", "1.1")], [_device("3710001", "NOT_INUSE"), _device("3710002", "INVALID")])
    assert picture.calls_up == 1
    assert picture.registered == {"3710001"}


def test_told_twice_is_told_once() -> None:
    picture = Picture()
    for _ in range(2):
        picture.apply("Newchannel", _channel("1.1", "1.1"))
    assert picture.calls_up == 1
    for _ in range(2):
        picture.apply("Hangup", _channel("1.1", "1.1"))
    assert picture.calls_up == 0
