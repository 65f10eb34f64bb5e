"""Watches and commands the desks."""
