"""Knows the answers."""
