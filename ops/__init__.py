"""Brings the platform up on a machine."""
