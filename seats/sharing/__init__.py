"""Seats that answer for another area when it has none free: who, and why."""
