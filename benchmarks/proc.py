"""What Linux says about the memory of processes. Elsewhere there is no /proc to ask."""

import re
from pathlib import Path

PROC = Path("/proc")
_SIZE = re.compile(r"^(Pss|VmHWM):\s+(\d+) kB$", re.MULTILINE)


def is_there() -> bool:
    """Does this system tell?"""
    return (PROC / "self" / "smaps_rollup").exists()


def family(pid: int) -> list[int]:
    """Return a process and all that it has started, directly or not, in no order."""
    children: dict[int, list[int]] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            # The name stands in parentheses and may hold anything.
            _state, parent, *_rest = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        children.setdefault(int(parent), []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def pss(pid: int) -> float:
    """Return the MB that a process holds: all that it has to itself, and its part of what it
    shares with others, so that the sum over processes is what they take of the machine.
    """
    return _megabytes(pid, "smaps_rollup")


def peak(pid: int) -> float:
    """Return the most MB that a process has held since it began or `forget_peak`, shared or not."""
    return _megabytes(pid, "status")


def forget_peak(pid: int) -> None:
    """Let the peak begin again from what the process holds now."""
    (PROC / str(pid) / "clear_refs").write_text("5")


def _megabytes(pid: int, file: str) -> float:
    """Raises ValueError if the file does not say; OSError if there is no such process."""
    text = (PROC / str(pid) / file).read_text()
    if (found := _SIZE.search(text)) is None:
        raise ValueError(text)
    return int(found[2]) / 1_024
