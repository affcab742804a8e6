"""A school's own settings, as a process of its own meets them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from classkey.config import settings as settings_module

ROOT = Path(__file__).resolve().parents[1]
PRODUCTION = {
    name: value.strip("'")
    for name, _equals, value in (
        line.partition("=")
        for line in (ROOT / "tests" / "production.env").read_text().splitlines()
        if not line.startswith("#")
    )
}
SHOW = "import json; from classkey.config import settings as s; print(json.dumps({}))"


def python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `script` with nothing of Classkey's in its environment but this."""
    ours = ("CLASSKEY_", "DJANGO_")  # a browser's fixture sets one of Django's
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    inherited["DJANGO_SETTINGS_MODULE"] = settings_module.__name__
    return subprocess.run(  # noqa: S603
        [sys.executable, "-c", script],
        env=inherited | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def shown(expression: str, **environment: str) -> Any:
    """What `expression` is under these settings `s`."""
    done = python(SHOW.format(expression), **environment)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)
