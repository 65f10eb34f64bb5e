"""SIP call simulator: stands outside and dials in."""
