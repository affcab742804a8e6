"""How many machines the first morning of a school year takes, simulated from what was measured:
`python -m benchmarks.first_morning` prints a table in Markdown for docs/scale.md.

Classes come in at their bells (`demand`), each request takes what `costs` reads from `latest.json`
and waits its turn at a web node, then at a database (`stations`). `answers` looks for the fewest
machines with which 99 of 100 requests of the busiest two minutes take less than a second. Nothing
here is timed, so it does not matter on which machine it runs.
"""
