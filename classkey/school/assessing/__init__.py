"""Tests (C5): `writing` makes them, `taking` answers them, `marking` marks them and `results`
says who learns what. `scoring` is the arithmetic, pure.
"""
