"""Classkey in production, as the tests meet it: every difference is in this file.

`CLASSKEY_DATABASE_URL` chooses the database (`scripts/with-postgres` sets it); without
it, SQLite in a file, so that a live server and racing threads each have a connection.
"""

import os
import secrets
import tempfile
from pathlib import Path

import environ

# One directory a run, for the workers of pytest-xdist too (they inherit the environment), and a
# place in it for each. conftest.py makes and removes it: mypy, too, reads this file.
run = os.environ.setdefault(
    "CLASSKEY_TEST_DIR", f"{tempfile.gettempdir()}/classkey-test-{secrets.token_hex(8)}"
)
var = Path(run, os.environ.get("PYTEST_XDIST_WORKER", "alone"))

# Nothing that happens to be set in a developer's shell gets in, but the database.
database = os.environ.get("CLASSKEY_DATABASE_URL", f"sqlite:///{var}/classkey.sqlite3")
for name in [name for name in os.environ if name.startswith("CLASSKEY_")]:
    if name != "CLASSKEY_TEST_DIR":
        del os.environ[name]
environ.Env.read_env(Path(__file__).with_name("production.env"), overwrite=True)
os.environ |= {
    "CLASSKEY_DATABASE_URL": database,
    "CLASSKEY_DATABASE_POOL": "32",  # racing threads must not wait for one another here
    "CLASSKEY_VAR": str(var),
    "CLASSKEY_ADDRESS": "http://testserver",  # the test client and the live server speak http
    "CLASSKEY_UNENCRYPTED": "http",
}

from classkey.config.settings import *  # noqa: E402, F403
from classkey.config.settings import DATABASES, STORAGES  # noqa: E402

if database.startswith("sqlite:"):
    DATABASES["default"]["TEST"] = {"NAME": str(var / "test.sqlite3")}
else:
    # A plan that is kept is kept until the next ANALYZE, which in a school comes by itself. Within
    # a test it does not, and plans for empty tables would be kept while they fill.
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = None

# Argon2 is slow on purpose, and a world of people is made for many tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Files as they stand in the tree: no collectstatic before a test.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
