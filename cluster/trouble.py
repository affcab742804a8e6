"""What goes wrong, and when; what an operator does about it, as deploy/ says."""

import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from cluster import timetable
from cluster.services import WORKERS, Services

_WORKS_ON_SHEETS = (
    "SELECT worker_ids ->> -1 FROM django_tasks_database_dbtaskresult "
    "WHERE status = 'RUNNING' AND task_path LIKE '%make_part'"
)
FINDS_WITHIN = 25.0  # seconds


class Trouble:
    """Makes it, at its time after `began`; `notes` says what was found to break."""

    def __init__(self, services: Services, began: float) -> None:
        self._services = services
        self._hosts = services.hosts
        self._began = began
        self._timers: list[threading.Timer] = []
        self.notes: dict[str, str] = {}

    def make(self) -> None:
        """Go through the timetable. Raises what a step raises."""
        for phase, step in (
            (timetable.WEB_KILLED, self._kill_web_node),
            (timetable.WORKER_KILLED, self._kill_worker),
            (timetable.NODE_CUT, self._cut_node),
            (timetable.REDIS_RESTARTED, self._restart_redis),
            (timetable.FAILED_OVER, self._fail_over),
            (timetable.STANDBY_AGAIN, self._make_standby_again),
        ):
            time.sleep(max(self._began + phase.at - time.time(), 0))
            say(f"{phase.at:4.0f} s  {phase.name}")
            step()

    def _kill_web_node(self) -> None:
        self._hosts["web1"].kill()
        self._later(partial(self._services.start_classkey, "web1"))

    def _kill_worker(self) -> None:
        """Kill a worker that is in the middle of making or mailing sheets."""
        deadline = time.monotonic() + FINDS_WITHIN
        while time.monotonic() < deadline:
            for worker_id in self._services.sql("db1", _WORKS_ON_SHEETS).split():
                for name in WORKERS:
                    if f"worker_id={worker_id}" in self._hosts[name].log.read_text():
                        self._hosts[name].kill()
                        self._later(partial(self._services.start_classkey, name))
                        self.notes["worker killed"] = name
                        return
            time.sleep(0.05)

    def _cut_node(self) -> None:
        self._hosts["web2"].cut()
        self._later(self._hosts["web2"].mend)

    def _restart_redis(self) -> None:
        self._hosts["redis"].kill()
        time.sleep(timetable.REDIS_AWAY)
        self._services.start_redis()

    def _fail_over(self) -> None:
        """Lose the primary, as a machine is lost; then what deploy/postgresql/README.md says."""
        self._hosts["db1"].cut()
        self._hosts["db1"].kill()
        time.sleep(timetable.NOTICED)
        began = time.monotonic()
        self._services.promote("db2")
        self._services.point_to("db2")
        self.notes["failed over in"] = f"{time.monotonic() - began:.1f} s"

    def _make_standby_again(self) -> None:
        self._hosts["db1"].mend()
        self._services.make_standby("db1", primary="db2")
        self.notes["standby again"] = "yes"

    def _later(self, step: Callable[[], object]) -> None:
        self._timers.append(threading.Timer(timetable.AWAY, step))
        self._timers[-1].start()

    def stop(self) -> None:
        """Start nothing any more that was to be started later."""
        for timer in self._timers:
            timer.cancel()
            timer.join()


def say(line: str) -> None:
    """Print at once, even into a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
