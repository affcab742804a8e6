"""Attacks, tried on every address that Classkey has."""
