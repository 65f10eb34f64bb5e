"""The conversation with a caller: what is said, heard, decided and noted, until somebody else takes over."""
