"""The live picture: state folded from events. Never a record."""
