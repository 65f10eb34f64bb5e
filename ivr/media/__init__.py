"""The caller's sound, to and from Asterisk: heard, spoken to, interrupted, while a conversation goes on."""
