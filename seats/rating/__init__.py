"""What callers say of a call when a seat has ended it."""
