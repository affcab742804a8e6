"""Whole classes at once (P6): `names` reads a pasted list, `classes` makes the accounts, and
`sign_ins` hands out first passwords.
"""
