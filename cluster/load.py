"""`python -m cluster.load PEOPLE FOLDER PROXY BEGAN`: the people, on a host of their own.

Each comes at a time of their own, and tries again if an answer does not come or says that
something is out of order, as people do, until it works or their patience is at an end. What was
answered is written down at once: `requests.jsonl` has each request, `acknowledged.jsonl` each
redemption and each run of sheets that somebody was told has worked.
"""

import http.client
import json
import random
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cluster.services import ADDRESS
from cluster.timetable import LOAD, PATIENCE, SHEETS_AT

WAITS = 40  # seconds for an answer: longer than the proxy does
RESTS = 1.0  # seconds until somebody tries again; then twice as long each time,
MOST_REST = 15.0  # but no longer than this
GUESSES_EVERY = 0.8  # seconds
VISITS_EVERY = 0.8
TWO_DEVICES = 6
"""Of so many students, one sends the code from two devices at the same time."""

ARRIVED, USED_UP, REFUSED = (
    b"data-code-redeemed",
    b"This code is used up",
    b"data-code-refused",
)


@dataclass(frozen=True)
class Job:
    """What somebody does, `at` seconds after the beginning."""

    at: float
    kind: str
    what: dict[str, Any]


def jobs(people: dict[str, Any], chance: random.Random) -> Iterator[Job]:
    """Yield what people do, spread over the time of the load, in no order."""
    for kind in ("redeemers", "crowd"):
        for number, what in enumerate(people[kind]):
            at = chance.uniform(0, LOAD)
            yield Job(at, "redeem", what)
            if number % TWO_DEVICES == 0:
                yield Job(at, "redeem", what)
                yield Job(chance.uniform(at, LOAD), "redeem", what)
    for number, code in enumerate(people["guesses"]):
        if number * GUESSES_EVERY < LOAD:
            form = {"form": {"code": code}}
            yield Job(number * GUESSES_EVERY, "guess", people["guesser"] | form)
    visits = people["visits"]
    for number in range(int(LOAD / VISITS_EVERY)):
        yield Job(number * VISITS_EVERY, "visit", visits[number % len(visits)])
    for at, asked in zip(SHEETS_AT, people["sheets"], strict=True):
        for what in asked:
            yield Job(at, "sheets", what)


class Paper:
    """Where it is written down what was answered."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        self._requests = (folder / "requests.jsonl").open("a")
        self._acknowledged = (folder / "acknowledged.jsonl").open("a")

    def request(self, **line: Any) -> None:
        """Write down one request."""
        self._write(self._requests, line)

    def acknowledged(self, **line: Any) -> None:
        """Write down what somebody was told has worked."""
        self._write(self._acknowledged, line)

    def _write(self, file: Any, line: dict[str, Any]) -> None:
        with self._lock:
            file.write(json.dumps(line) + "\n")
            file.flush()


class Crowd:
    """All who come, through one proxy."""

    def __init__(self, proxy: str, began: float, paper: Paper) -> None:
        self._proxy = proxy
        self._began = began
        self._paper = paper
        # The proxy's certificate is made for the run, and nobody's secret is at stake.
        self._tls = ssl._create_unverified_context()  # noqa: S323, SLF001

    def do(self, job: Job) -> None:
        """Come when it is time, and do it until it has worked."""
        time.sleep(max(self._began + job.at - time.time(), 0))
        deadline, rest = time.time() + PATIENCE, RESTS
        while not self._try(job) and job.kind != "guess":
            if time.time() > deadline:
                self._paper.request(at=self._at(), kind=job.kind, took=0, answer="gave up")
                return
            time.sleep(rest)
            rest = min(rest * 2, MOST_REST)

    def _at(self) -> float:
        return time.time() - self._began

    def _try(self, job: Job) -> bool:
        """Send it once; return whether there was an answer that is one."""
        at = self._at()
        try:
            status, location, body = self._send(job)
            answer = _read(job.kind, status, body)
        except (OSError, http.client.HTTPException) as error:
            location, answer = "", type(error).__name__
        took = self._at() - at
        worked = answer in {"ok", "used up", "not now"}
        self._paper.request(at=at, kind=job.kind, took=took, answer=answer)
        if answer == "ok" and job.kind == "redeem":
            told = {name: job.what[name] for name in ("student", "code", "place")}
            self._paper.acknowledged(at=at, kind="redeem", **told)
        if answer == "ok" and job.kind == "sheets":
            self._paper.acknowledged(at=at, kind="sheets", run=location.rstrip("/").split("/")[-1])
        return worked

    def _send(self, job: Job) -> tuple[int, str, bytes]:
        connection = http.client.HTTPSConnection(self._proxy, timeout=WAITS, context=self._tls)
        headers = {
            "Host": ADDRESS,
            "Cookie": job.what["cookies"],
            "Referer": f"https://{ADDRESS}/",
            "Connection": "close",
        }
        body = None
        if job.kind != "visit":
            form = {**job.what["form"], "csrfmiddlewaretoken": job.what["token"]}
            body = urlencode(form, doseq=True)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            method = "GET" if body is None else "POST"
            connection.request(method, job.what["address"], body, headers)
            response = connection.getresponse()
            return response.status, response.getheader("Location", ""), response.read()
        finally:
            connection.close()


def _read(kind: str, status: int, body: bytes) -> str:
    """Say what an answer means: ok, used up, not now (to the guesser), or what is wrong with it."""
    if kind == "sheets":
        return "ok" if status == HTTPStatus.FOUND else str(status)
    if status != HTTPStatus.OK:
        return str(status)
    if kind == "visit":
        return "ok"
    if kind == "guess":
        return "ok" if REFUSED in body else "not now"
    if ARRIVED in body:
        return "ok"
    return "used up" if USED_UP in body else "refused"


def main() -> None:
    """Let them all come; end when the last has an answer."""
    people_at, folder, proxy, began = sys.argv[1:]
    people = json.loads(Path(people_at).read_text())
    crowd = Crowd(proxy, float(began), Paper(Path(folder)))
    # The same run each time.
    all_jobs = sorted(jobs(people, random.Random(6)), key=lambda job: job.at)  # noqa: S311
    threads = []
    for job in all_jobs:
        # A thread only once it is nearly time: not a thousand that sleep.
        time.sleep(max(float(began) + job.at - 0.1 - time.time(), 0))
        threads.append(threading.Thread(target=crowd.do, args=(job,)))
        threads[-1].start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
