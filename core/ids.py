"""Identifiers, one type each, so that a queue name is never passed where a call is meant."""

from typing import NewType

LinkedId = NewType("LinkedId", str)
"""Asterisk's `linkedid`: everything under one call."""

UniqueId = NewType("UniqueId", str)
"""Asterisk's `uniqueid`: one channel, one leg."""

AreaId = NewType("AreaId", str)
"""A routing region in lower-case pinyin (`zhengzhou`, `gongyi`; the province is the root) and the name of its queue."""

SeatNumber = NewType("SeatNumber", str)
"""Area code without its leading 0 plus four digits, e.g. `3710001`; also the seat's SIP user name."""
