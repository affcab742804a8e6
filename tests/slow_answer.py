"""Served in Classkey's place by tests/web/test_web_server.py: a request that takes long."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


def application(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer after the second in which the test has the server stopped."""
    Path(os.environ["CLASSKEY_TEST_AT_HAND"]).touch()
    time.sleep(1)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"finished"]
