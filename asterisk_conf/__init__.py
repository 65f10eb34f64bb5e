"""Asterisk's configuration, rendered from settings."""
