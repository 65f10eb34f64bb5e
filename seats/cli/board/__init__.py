"""The live board on a terminal."""
