"""When what happens, in seconds after the first request."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """A stretch of the run, named by what begins it. In each some teachers ask for sheets."""

    name: str
    at: float


CALM = Phase("nothing is wrong", 0)
WEB_KILLED = Phase("a web node is killed, away for 20 s", 15)
WORKER_KILLED = Phase("a worker is killed in a sheet run, away for 20 s", 40)
NODE_CUT = Phase("a web node's network is cut for 20 s", 70)
REDIS_RESTARTED = Phase("Redis is restarted, away for 5 s", 98)
FAILED_OVER = Phase("PostgreSQL fails over to the standby", 115)
STANDBY_AGAIN = Phase("the old primary becomes the new standby", 150)
PHASES = [
    *(CALM, WEB_KILLED, WORKER_KILLED, NODE_CUT),
    *(REDIS_RESTARTED, FAILED_OVER, STANDBY_AGAIN),
]

AWAY = 20.0
"""How long a killed host is away until its machine has started it again, and a cut lasts."""
REDIS_AWAY = 5.0
NOTICED = 5.0
"""How long until somebody has seen that the primary is lost."""

SHEETS_AT = [1.0, 16.0, 40.5, 72.0, 97.0, 114.0, 152.0]
LOAD = 180.0
"""For so long people come."""

PATIENCE = 120.0
"""For so long somebody whose request failed tries again, and then has been kept out."""
SHEETS_BY = 240.0
"""For so long after the load the last sheets may take: a killed worker's lease runs for 90."""

WHOLE = 570
"""Then the whole run ends, whatever it waits for: under ten minutes in all circumstances."""
