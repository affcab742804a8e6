"""The domain: places, codes, parents and what each may see. No HTTP in here.

Read `models/__init__.py`, `access/` and `redeeming.py`, in this order.
"""
