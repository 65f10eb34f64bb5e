"""Figures over stored calls, each defined once."""
