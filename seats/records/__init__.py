"""Call records: what Asterisk wrote and what we noted, told as one record a call, in Postgres."""
