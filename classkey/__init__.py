"""Classkey: schools let students, teachers and parents into their places with codes."""
