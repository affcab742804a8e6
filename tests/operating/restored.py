"""Looks round in a restored school, in a process of its own: `python -m tests.operating.restored`.

Reads from its input which people and codes to try, and prints what it found.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import django
from cryptography.fernet import Fernet

# Before the tests' settings put the run's own in its place.
VAR = Path(os.environ["CLASSKEY_VAR"])
django.setup()

from django.conf import settings  # noqa: E402 # Django is set up now

from classkey.accounts.models import User  # noqa: E402
from classkey.config.parsing import file_storage  # noqa: E402
from classkey.school import second_lock  # noqa: E402
from classkey.school.models import Code, Item, Membership  # noqa: E402
from tests.operating.rows import rows  # noqa: E402
from tests.web.browsing import at, browser_of, words  # noqa: E402


def look_round(asked: dict[str, str]) -> dict[str, Any]:
    """Do what people do, and tell what came of it."""
    settings.STORAGES = settings.STORAGES | {"default": file_storage("", VAR)}
    found: dict[str, Any] = {"rows": rows()}
    if "without_keys" in asked:
        settings.CODE_DIGEST_KEYS = ["another key"]
        settings.CODE_CIPHER_KEYS = [Fernet.generate_key().decode()]
    new, parent, child, teacher, administrator = (
        User.objects.get(pk=asked[name])
        for name in ("new", "parent", "child", "teacher", "administrator")
    )
    answer = browser_of(new).post(at("join"), {"code": asked["text"]}, follow=True)
    found["said"] = words(answer)
    code = Code.objects.get(pk=asked["code"])
    found["came_in"] = Membership.objects.filter(user=new, place=code.place).exists()
    found["shown"] = words(browser_of(teacher).get(at("code", code)))
    with second_lock.on(parent):
        found["students_read"] = User.objects.filter(role="student").count()
    page = browser_of(parent).get(at("child", child))
    found["child"] = [page.status_code, child.given_name in words(page)]
    file = browser_of(parent).get(at("child_file", child, Item.objects.get(pk=asked["file"])))
    found["file"] = b"".join(file).decode()
    found["desk"] = words(browser_of(administrator).get(at("desk"), follow=True))
    return found


if __name__ == "__main__":
    json.dump(look_round(json.load(sys.stdin)), sys.stdout)
