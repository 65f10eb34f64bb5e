"""Henan's areas alone, without the tables of numbers."""

from routing import tables as stored

TREE = stored.province_tree("henan")
