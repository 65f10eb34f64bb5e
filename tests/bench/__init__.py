"""Measurements, not tests: ours and its rivals in turn, CPU time per operation and ratios. `python -m tests.bench`."""
