"""Hosts: each a network namespace, all on one switch, which is a namespace too.

Nothing of the machine's own network is touched, and other namespaces cannot be reached from here.
"""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

NETWORK = "10.77.0"
PREFIX = "classkey-"
_OURS = re.compile(rf"^{PREFIX}(\d+)-\S+")


@dataclass(frozen=True)
class Host:
    """A host `name` at an `address`; what its services say goes to `log`."""

    name: str
    address: str
    log: Path
    prefix: str

    @property
    def namespace(self) -> str:
        """What `ip netns` knows it by."""
        return self.prefix + self.name

    def start(
        self, *command: str, user: str = "root", environment: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        """Start a service, out of reach of the terminal's Ctrl-C."""
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                self._command(command, user),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(
        self,
        *command: str,
        user: str = "root",
        environment: Mapping[str, str] | None = None,
        within: float = 120,
    ) -> str:
        """Run a command on the host; return what it wrote. What it complains of is in the log.

        Raises subprocess.CalledProcessError, or TimeoutExpired after `within` seconds.
        """
        with self.log.open("ab") as log:
            done = subprocess.run(  # noqa: S603
                self._command(command, user),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=True,
                timeout=within,
            )
        return done.stdout

    def _command(self, command: tuple[str, ...], user: str) -> list[str]:
        # setpriv, unlike runuser, becomes the command: what is killed is the service itself.
        become = [] if user == "root" else _as(user)
        return ["ip", "netns", "exec", self.namespace, *become, *command]

    def kill(self) -> None:
        """Kill all that runs here, at once and for good, as a machine dies."""
        deadline = time.monotonic() + 10
        while (running := self._pids()) and time.monotonic() < deadline:
            for pid in running:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def _pids(self) -> list[int]:
        listed = subprocess.run(  # noqa: S603
            ["ip", "netns", "pids", self.namespace],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,
        )
        pids = [int(pid) for pid in listed.stdout.split()]
        return [pid for pid in pids if not _is_over(pid)]

    def cut(self) -> None:
        """Take it off the network: what is sent to it or by it is lost, and nobody is told."""
        _ip("-n", self.prefix + "switch", "link", "set", self.name, "nomaster")

    def mend(self) -> None:
        """Put it back on the network."""
        _ip("-n", self.prefix + "switch", "link", "set", self.name, "master", "switch")


@contextlib.contextmanager
def network(names: Mapping[str, int], logs: Path) -> Iterator[dict[str, Host]]:
    """Make hosts with these names and last numbers of their addresses, until the end of the block;
    then nothing of them is left.
    """
    clear_away()
    prefix = f"{PREFIX}{os.getpid()}-"
    switch = prefix + "switch"
    hosts = {
        name: Host(name, f"{NETWORK}.{number}", logs / f"{name}.log", prefix)
        for name, number in names.items()
    }
    try:
        _ip("netns", "add", switch)
        _ip("-n", switch, "link", "add", "switch", "type", "bridge")
        _ip("-n", switch, "link", "set", "switch", "up")
        for host in hosts.values():
            _plug_in(host, switch)
        yield hosts
    finally:
        for host in hosts.values():
            host.kill()
        for namespace in [switch, *(host.namespace for host in hosts.values())]:
            _remove(namespace)


def _plug_in(host: Host, switch: str) -> None:
    _ip("netns", "add", host.namespace)
    _ip("-n", switch, "link", "add", host.name, "type", "veth",
        "peer", "name", "eth0", "netns", host.namespace)  # fmt: skip
    _ip("-n", switch, "link", "set", host.name, "master", "switch", "up")
    _ip("-n", host.namespace, "link", "set", "lo", "up")
    _ip("-n", host.namespace, "address", "add", f"{host.address}/24", "dev", "eth0")
    _ip("-n", host.namespace, "link", "set", "eth0", "up")


def clear_away() -> None:
    """Remove what a run has left behind that was itself killed."""
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)  # noqa: S607
    for line in listed.stdout.splitlines():
        found = _OURS.match(line)
        if found and not Path("/proc", found[1]).exists():
            namespace = found[0]
            prefix, _dash, name = namespace.rpartition("-")
            Host(name, "", Path(os.devnull), f"{prefix}-").kill()
            _remove(namespace)


def _remove(namespace: str) -> None:
    subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=False)  # noqa: S603, S607


def _ip(*command: str) -> None:
    subprocess.run(["ip", *command], check=True, timeout=30)  # noqa: S603, S607


def _as(user: str) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--"]


def _is_over(pid: int) -> bool:
    """A process that is killed and only waits to be asked how it ended does nothing any more."""
    try:
        return "\nState:\tZ" in Path("/proc", str(pid), "status").read_text()
    except OSError:
        return True
