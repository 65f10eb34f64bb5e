"""Supervision with proof: who may do what to whom, recorded before it is done."""
