"""Run with a school's settings: runs of sheets, and the same sheets for other libraries.

    python -m benchmarks.sheet_runs run 400      # make these; write how fast, and the memory
    python -m benchmarks.sheet_runs ask 400      # ask the workers for so many
    python -m benchmarks.sheet_runs content 100  # write what is on so many; store nothing

Each time with new names and new codes: typst remembers what it has set before.
"""

import json
import re
import resource
import sys
import time
from datetime import timedelta
from typing import Any

import django
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import override_settings
from django.utils.crypto import get_random_string
from django.utils.timezone import localdate

WARM = 50
"""Sheets made before the clock starts: fonts are read, code is loaded."""
_RUN_OF_MODULES = re.compile(r"M(\d+) (\d+)h(\d+)v1")


def main() -> None:
    """Do what is asked."""
    what, number = sys.argv[1:]
    does = {"run": make, "ask": ask, "content": content}
    json.dump(does[what](int(number)), sys.stdout)


def make(number: int) -> dict[str, Any]:
    """Make that many sheets as a worker does, part by part, and throw the mails away."""
    from classkey.school.models import PartState
    from classkey.school.sheets import work

    parts = [list(_run(size).parts.all()) for size in (WARM, number)]
    steps, made, took = [], 0, 0.0
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"):
        work.work_on(parts[0][0].pk)
        for part in parts[1]:
            began = time.perf_counter()
            work.work_on(part.pk)
            took += time.perf_counter() - began
            made += part.sheets.count()
            steps.append({"sheets": made, "seconds": took, "memory": _memory()})
            part.refresh_from_db()
            if part.state != PartState.MAILED:
                raise RuntimeError(part.error or part.state)
    return {"steps": steps}


def ask(number: int) -> dict[str, Any]:
    """Ask for that many sheets, and wake the workers for them."""
    from classkey.school import tasks

    _run(number)
    return {"parts": tasks.resume_sheets()}


def _memory() -> int:
    """Return the most memory that this process has held so far, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _run(number: int) -> Any:
    """Ask for the sheets of a new course with that many new students."""
    from classkey.accounts.addresses import set_proved_address
    from classkey.accounts.models import Role, User
    from classkey.school import membership
    from classkey.school.models import Membership, Permission, PlaceKind
    from classkey.school.sheets import runs
    from classkey.school.viewer import Viewer

    mark = get_random_string(8)
    teacher = User.objects.create_user(role=Role.INSTRUCTOR, given_name="Sheets", family_name=mark)
    set_proved_address(teacher, f"{mark}@example.org".lower())
    viewer = Viewer(teacher)
    course = membership.make_top_place(viewer, PlaceKind.COURSE, f"Sheets {mark}")
    nobodys = make_password(None)
    students = User.objects.bulk_create(
        User(username=f"sheet-{mark}-{each}".lower(), given_name=name.split()[0],
             family_name=name.split()[1], role=Role.STUDENT, password=nobodys)
        for each, name in enumerate(_names(number))
    )  # fmt: skip
    read = Permission.READ
    Membership.objects.bulk_create(
        Membership(place=course, user=student, permission=read, given=read) for student in students
    )
    return runs.start_run(viewer, course, students)


def _names(number: int) -> list[str]:
    """Return names that nobody had before, as long as names are."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [
        f"{get_random_string(6, letters).title()} {get_random_string(9, letters).title()}"
        for _each in range(number)
    ]


def content(number: int) -> dict[str, Any]:
    """Return what is said on that many sheets, and the fonts that say it."""
    from classkey.school.sheets import fonts

    faces = {font.name: font.faces for font in fonts.installed().ladder}
    chosen = {"text": faces["Noto Sans"], "code": faces[fonts.CODE_FONT]}
    return {
        "fonts": {name: str(min(paths)) for name, paths in chosen.items()},
        "sheets": [_sheet(name) for name in _names(number)],
    }


def _sheet(name: str) -> dict[str, Any]:
    from classkey.school import code_text, web_addresses
    from classkey.school.qr import qr_svg
    from classkey.school.sheets import texts

    words = texts.words_in(texts.ENGLISH)
    code = code_text.display(code_text.mint(code_text.CodeKind.PARENT))
    address = web_addresses.join_address_to_type()
    drawing = qr_svg(web_addresses.join_link(code))
    modules = re.search(r'viewBox="0 0 (\d+)', drawing)
    adults = words["adults"]["other"].replace("{adults}", str(settings.PARENT_CODE_ADULTS))
    groups = (words["aloud_pause"].join(group) for group in texts.aloud(code, words))
    valid = texts.written(localdate() + timedelta(days=13), words)
    return {
        **{key: words[key] for key in (
            "code_for", "private_title", "fold", "intro", "code_label", "steps_title",
            "seen_title", "seen", "unseen_title", "unseen", "support_title",
        )},
        "name": name,
        "school": settings.SCHOOL_NAME,
        "code": code,
        "private": words["private_more"].replace("{adults}", adults),
        "aloud": words["aloud"].replace("{code}", words["aloud_break"].join(groups)),
        "valid": words["valid_until"].replace("{date}", valid),
        "steps": [
            (f"{words['step_1']} {address}", words["step_1_more"]),
            (words["step_2"], words["step_2_more"]),
            (words["step_3"], words["step_3_more"]),
        ],
        "support": [(words[way], value) for way, value in settings.SUPPORT.items() if value],
        "qr": drawing,
        "qr_alt": words["qr_alt"].replace("{address}", address),
        "modules": int(modules[1]) if modules else 0,
        "dark": [tuple(map(int, run.groups())) for run in _RUN_OF_MODULES.finditer(drawing)],
    }  # fmt: skip


if __name__ == "__main__":
    django.setup()
    main()
