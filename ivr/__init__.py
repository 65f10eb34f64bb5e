"""Talks with the caller until handed over."""
