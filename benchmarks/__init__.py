"""How fast Classkey is: `make bench`. What is measured, and what came of it: docs/performance.md.

Goals are ratios within one run, so that they hold on any machine.
"""
