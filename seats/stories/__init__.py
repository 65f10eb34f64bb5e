"""What callers said to the voice before a seat took over: their story, for the seat and the records."""
