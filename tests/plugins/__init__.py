"""Fixtures: the database, a mail server, a browser."""
