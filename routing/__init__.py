"""Decides where a call goes, and says why."""
