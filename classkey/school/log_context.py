"""In what a line of the log was written: a request or a job, by ids that tell nothing of people."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

KEY = "classkey.request_id"
"""Under which a request keeps its id in its META: the names of headers have no dot there."""

_CONTEXT: ContextVar[Mapping[str, str]] = ContextVar("log_context", default={})  # noqa: B039 # never written to


def current() -> Mapping[str, str]:
    """Return what lines written now belong to: `request_id`, or `job_id` and `task`."""
    return _CONTEXT.get()


@contextmanager
def within(**ids: str) -> Iterator[None]:
    """Have all that this thread logs meanwhile say to what it belongs."""
    token = _CONTEXT.set(ids)
    try:
        yield
    finally:
        _CONTEXT.reset(token)
