"""The programs the platform stands on, found or fetched: Asterisk, Postgres, and SIPp for the tests."""
