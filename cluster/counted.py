"""What is counted at the end, and what of it is a promise broken. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from cluster.timetable import PHASES

FINE = {"ok", "used up", "not now"}
"""Answers that are as they should be."""

WRONG_CODES = 8
"""That an account may try in ten minutes, as docs/security.md has it."""

WEB_PROCESSES = 2
"""Each counts for itself while Redis is away, and so lets that many more through, once."""

SLOW = 1.0  # seconds


@dataclass(frozen=True)
class Mail:
    """A mail that arrived: whose it is, and how many sheets are in it."""

    message_id: str
    pages: int


@dataclass(frozen=True)
class Row:
    """What people met with in one phase. Times are in seconds."""

    name: str
    requests: int
    refused: int
    slow: int
    middle: float
    slowest: float
    nobody_served_for: float


@dataclass(frozen=True)
class Found:
    """All that was written down: each request and each acknowledgement by the people, what is in
    the database (`facts`), what came by mail, and who came with what (`people`).
    """

    requests: Sequence[Mapping[str, Any]]
    acknowledged: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any]
    mails: Sequence[Mail]
    people: Mapping[str, Any]

    def redeemed(self) -> set[tuple[str, str, str]]:
        """Who was told to be in: student, code, place."""
        told = (line for line in self.acknowledged if line["kind"] == "redeem")
        return {(line["student"], line["code"], line["place"]) for line in told}


def broken(found: Found) -> list[str]:
    """Return a plain sentence for each promise that was broken."""
    return [
        *_lost(found),
        *_doubled(found),
        *_over_limits(found),
        *_kept_out(found),
        *_sheets_missing(found),
        *_mails_wrong(found),
    ]


def _lost(found: Found) -> Iterator[str]:
    memberships = {tuple(pair) for pair in found.facts["memberships"]}
    redemptions = {tuple(pair) for pair in found.facts["redemptions"]}
    for student, code, place in sorted(found.redeemed()):
        if (student, place) not in memberships:
            yield f"Lost: student {student} was told to be in, and is not."
        if (student, code) not in redemptions:
            yield f"Lost: the redemption of student {student} was acknowledged, and is not there."
    runs = {part["run"] for part in found.facts["parts"]}
    for line in found.acknowledged:
        if line["kind"] == "sheets" and line["run"] not in runs:
            yield f"Lost: sheets were promised (run {line['run']}), and nothing is known of them."


def _doubled(found: Found) -> Iterator[str]:
    for what in ("memberships", "redemptions", "entered"):
        for pair, times in _times(found.facts[what]).items():
            if times > 1:
                yield f"Double: {what} of student {pair[0]} are {times}."


def _over_limits(found: Found) -> Iterator[str]:
    limit = found.people["crowd_limit"]
    used = Counter(code for _student, code in found.facts["redemptions"])
    for code, counted in found.facts["uses"].items():
        if used[code] != counted:
            yield f"A code with a limit counts {counted} uses, and {used[code]} students used it."
        if used[code] > limit:
            yield f"Over the limit: a code for {limit} let {used[code]} in."
    most, wrong = WRONG_CODES * (1 + WEB_PROCESSES), found.facts["wrong_codes"]
    if wrong > most:
        yield f"Over the limit: {wrong} wrong codes were looked up, at most {most} may be."


def _kept_out(found: Found) -> Iterator[str]:
    told = found.redeemed()
    for line in found.people["redeemers"]:
        if (line["student"], line["code"], line["place"]) not in told:
            yield f"Kept out: student {line['student']} never got in."
    full = len([line for line in told if line[1] == found.people["crowd"][0]["code"]])
    if full != found.people["crowd_limit"]:
        yield f"A code for {found.people['crowd_limit']} let {full} know that they are in."
    answers = Counter(line["answer"] for line in found.requests)
    for answer in ("gave up", "refused"):
        if answers[answer]:
            yield f"{answers[answer]} times somebody {answer.replace('refused', 'was refused')}."


def _sheets_missing(found: Found) -> Iterator[str]:
    asked = sum(len(some) for some in found.people["sheets"])
    promised = [line for line in found.acknowledged if line["kind"] == "sheets"]
    if len(promised) != asked:
        yield f"{asked} times sheets were asked for, {len(promised)} times they were promised."
    for part in found.facts["parts"]:
        if part["state"] != "mailed":
            yield f"Not mailed: {part['pages']} sheets are {part['state']} still."
        if part["living"] != part["pages"]:
            yield f"Of {part['pages']} sheets {part['living']} have a code that works."


def _mails_wrong(found: Found) -> Iterator[str]:
    arrived = Counter(mail.message_id for mail in found.mails)
    pages = {mail.message_id: mail.pages for mail in found.mails}
    for part in found.facts["parts"]:
        times = arrived.pop(part["message_id"], 0)
        if not times:
            yield f"Not mailed: {part['pages']} sheets never came."
        elif pages[part["message_id"]] != part["pages"]:
            yield f"A mail has {pages[part['message_id']]} sheets in it, not {part['pages']}."
        if times > 1 and not part["in_doubt"]:
            yield f"A mail that was in no doubt came {times} times."
    for message_id in arrived:
        yield f"A mail that belongs to no sheets came: {message_id}."


def _times(pairs: Iterable[Sequence[str]]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(pair) for pair in pairs)


# --- The table --------------------------------------------------------------------------------
def rows(requests: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return what people met with, phase by phase. A request belongs to where its answer came:
    what keeps one waiting is there, and not where it was sent.
    """
    by_phase: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in requests:
        by_phase[_phase(_end(line))].append(line)
    served = sorted(_end(line) for line in requests if line["answer"] in FINE)
    gaps: dict[str, float] = defaultdict(float)
    for earlier, later in pairwise(served):
        gaps[_phase(later)] = max(gaps[_phase(later)], later - earlier)
    return [
        _row(phase.name, lines, gaps[phase.name])
        for phase in PHASES
        if (lines := by_phase[phase.name])
    ]


def _end(line: Mapping[str, Any]) -> float:
    return float(line["at"] + line["took"])


def _phase(at: float) -> str:
    return [phase for phase in PHASES if phase.at <= max(at, 0)][-1].name


def _row(name: str, lines: Sequence[Mapping[str, Any]], gap: float) -> Row:
    took = [line["took"] for line in lines]
    return Row(
        name=name,
        requests=len(lines),
        refused=sum(line["answer"] not in FINE for line in lines),
        slow=sum(each > SLOW for each in took),
        middle=median(took),
        slowest=max(took),
        nobody_served_for=gap,
    )


def table(found: Found, notes: Mapping[str, str]) -> str:
    """Return what was counted, to be printed and to be kept in the docs (Markdown)."""
    lines = [
        "| phase | requests | refused | over 1 s | p50 | slowest | nobody served for |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {row.name} | {row.requests} | {row.refused} | {row.slow} | {row.middle * 1000:.0f} ms "
        f"| {row.slowest:.1f} s | {row.nobody_served_for:.1f} s |"
        for row in rows(found.requests)
    ]
    facts, answers = found.facts, Counter(line["answer"] for line in found.requests)
    amiss = {answer: times for answer, times in answers.items() if answer not in FINE}
    parts = facts["parts"]
    again = len(found.mails) - len({mail.message_id for mail in found.mails})
    said = ", ".join(f"{times} times {answer}" for answer, times in sorted(amiss.items()))
    lines += [
        "",
        f"- Redemptions acknowledged: {len(found.redeemed())}; their memberships in the database: "
        f"{len({(who, where) for who, _code, where in found.redeemed()} & _set(facts))}.",
        f"- A code for {found.people['crowd_limit']}, tried by {len(found.people['crowd'])}: let "
        f"{max(facts['uses'].values(), default=0)} in.",
        f"- Wrong codes looked up for one guesser: {facts['wrong_codes']} "
        f"(at most {WRONG_CODES}, and {WRONG_CODES} by each of {WEB_PROCESSES} processes while "
        "Redis is away).",
        f"- Sheets: {sum(part['pages'] for part in parts)} in {len(parts)} mails; mails that came "
        f"a second time under the same Message-ID: {again}; mails in doubt: "
        f"{sum(part['in_doubt'] for part in parts)}; taken up again after a worker had left them: "
        f"{sum(part['attempts'] > 1 for part in parts)}.",
        f"- Answers that were none: {said or 'no'}.",
        *(f"- {what}: {note}." for what, note in notes.items()),
    ]
    return "\n".join(lines)


def _set(facts: Mapping[str, Any]) -> set[tuple[str, ...]]:
    return {tuple(pair) for pair in facts["memberships"]}
