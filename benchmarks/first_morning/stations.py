"""Queues: stations whose servers take one request after the other, first come, first served."""

from heapq import heapreplace


class Stations:
    """Some stations alike, each of them with so many servers and one queue."""

    def __init__(self, number: int, servers: int) -> None:
        self._free_at = [[0.0] * servers for _station in range(number)]

    def time(self, which: float, at: float, seconds: float) -> float:
        """Serve who comes at a time (in seconds, none before the last) and takes so many seconds;
        return how long they are there, waiting included. `which`, from 0 to below 1, tells where.
        """
        free_at = self._free_at[int(which * len(self._free_at))]
        done = max(at, free_at[0]) + seconds
        heapreplace(free_at, done)
        return done - at
