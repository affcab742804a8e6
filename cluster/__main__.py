"""`python -m cluster`: the whole run; fails, with a plain list, if a promise was broken."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import pikepdf

from cluster import counted, timetable
from cluster.counted import Found, Mail
from cluster.hosts import network
from cluster.services import HOSTS, ROOT, WEB, WORKERS, NotThere, Services, wait
from cluster.trouble import Trouble, say

SIZE = "0.2"
"""Of the seeded school: 200 students."""

_OPEN_PARTS = "SELECT count(*) FROM school_sheetpart WHERE state <> 'mailed'"


def main() -> None:
    """Run it. Leaves the logs behind where something is broken, and says where."""
    if os.geteuid() != 0:
        sys.exit("make test-cluster makes network namespaces, which root alone may: use sudo.")
    for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(signum, _stop)
    signal.alarm(timetable.WHOLE)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="classkey-cluster."))
    folder.chmod(0o755)
    logs = folder / "logs"
    logs.mkdir()
    problems = []
    try:
        with network(HOSTS, logs) as hosts:
            try:
                problems = _run(Services(hosts, folder))
            finally:
                signal.alarm(0)
    except (NotThere, subprocess.SubprocessError) as error:
        problems = [f"The run came to no end: {error}"]
    except KeyboardInterrupt:
        problems = ["Stopped before the end."]
    say(f"\nThe whole took {time.monotonic() - began:.0f} s.")
    if problems:
        say("\nBroken:\n" + "\n".join(f"- {problem}" for problem in problems))
        sys.exit(f"What the hosts have to say: {logs}")
    shutil.rmtree(folder)
    say("Nothing was lost, nothing came double, no limit was exceeded, each sheet was mailed.")


def _stop(signum: int, _frame: FrameType | None) -> NoReturn:
    signal.alarm(0)
    if signum == signal.SIGALRM:
        raise NotThere(f"an end within {timetable.WHOLE} s")
    raise KeyboardInterrupt


def _run(services: Services) -> list[str]:
    people = _start(services)
    say(f"All hosts are up. {timetable.LOAD:.0f} seconds of load:")
    began = time.time() + 2
    load = services.hosts["people"].start(
        *(sys.executable, "-m", "cluster.load", str(people), str(services.at("people"))),
        *(services.hosts["proxy"].address, str(began)),
        environment=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    trouble = Trouble(services, began)
    trouble.notes["load of the machine, before"] = _load_average()
    try:
        trouble.make()
    finally:
        trouble.stop()
    try:
        load.wait(timetable.LOAD + timetable.PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise NotThere("an answer to the last of the people") from error
    trouble.notes["load of the machine, after"] = _load_average()
    say("Everybody has an answer. The last sheets ...")
    try:
        wait("", lambda: services.sql("db2", _OPEN_PARTS) == "0", timetable.SHEETS_BY)
    except NotThere:
        say("... did not come in time.")  # counted below
    time.sleep(2)  # the mail server keeps what it is sent for a second
    found = _found(services, people)
    say("\n" + counted.table(found, trouble.notes))
    return [*counted.broken(found), *_not_tried(trouble.notes), *_audit_log(services)]


def _start(services: Services) -> Path:
    """Start everything; return where it is written who will come."""
    say("Starting PostgreSQL, its standby, PgBouncer, Redis, the mail server ...")
    services.make_primary()
    services.make_standby("db2", primary="db1")
    services.start_pgbouncer()
    services.start_redis()
    services.start_mail()
    say("Making a school ...")
    manage = str(ROOT / "manage.py")
    services.python("web1", manage, "migrate", "--no-input", "--verbosity=0", database="db1")
    services.python("web1", manage, "collectstatic", "--no-input", "--verbosity=0")
    services.python("web1", manage, "seed_school", f"--size={SIZE}", database="db1")
    people = services.at("people") / "people.json"
    people.write_text(services.python("web1", "-m", "cluster.school"))
    say("Starting web nodes, workers, the proxy ...")
    for name in (*WEB, *WORKERS):
        services.start_classkey(name)
    services.start_proxy()
    for name in WEB:
        wait(name, lambda: _answers(services, f"http://{services.hosts[name].address}:8000/"))  # noqa: B023 # at once
    wait("the proxy", lambda: _answers(services, f"https://{services.hosts['proxy'].address}/"))
    return people


def _load_average() -> str:
    """Say how busy the machine is: what is slow here may be slow because of others."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"


def _answers(services: Services, address: str) -> bool:
    script = (
        "import ssl, sys, urllib.request as r;"
        "r.urlopen(r.Request(sys.argv[1], headers={'Host': 'classkey.test',"
        "'X-Forwarded-Proto': 'https'}), timeout=5, context=ssl._create_unverified_context())"
    )
    services.hosts["people"].run(sys.executable, "-c", script, address, within=10)
    return True


def _found(services: Services, people: Path) -> Found:
    return Found(
        requests=_lines(services.at("people") / "requests.jsonl"),
        acknowledged=_lines(services.at("people") / "acknowledged.jsonl"),
        facts=json.loads(services.python("web1", "-m", "cluster.facts")),
        mails=[_mail(file.read_bytes()) for file in sorted(services.at("mail").glob("*.eml"))],
        people=json.loads(people.read_text()),
    )


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def _mail(content: bytes) -> Mail:
    message = message_from_bytes(content, policy=policy.default)
    pages = 0
    for attachment in message.iter_attachments():
        with pikepdf.open(BytesIO(attachment.get_content())) as pdf:
            pages += len(pdf.pages)
    return Mail(str(message["Message-ID"]).strip(), pages)


def _not_tried(notes: dict[str, str]) -> list[str]:
    """A run in which no sheets were in the works when the worker was killed shows nothing."""
    wanted = ("worker killed", "failed over in", "standby again")
    return [f"Not tried: {what}." for what in wanted if what not in notes]


def _audit_log(services: Services) -> list[str]:
    try:
        services.python("web1", str(ROOT / "manage.py"), "audit", "verify")
    except subprocess.CalledProcessError as error:
        return [f"The audit log does not verify: {error.stdout}"]
    return []


if __name__ == "__main__":
    main()
