"""Phones that die: which causes say so, and when a channel of a dead phone is ended. Pure."""

from typing import Final

CAUSES: Final = (18, 20, 27, 38, 41, 44)
"""Q.850 causes of a seat's channel that are no hanging up: nobody there, out of order, the network, and 44, with which
Asterisk ends a channel that has been silent too long."""
