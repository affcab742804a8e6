"""What `manage.py web` has served in each of its processes."""

import signal

# granian forks them with its own first process's handlers, which do nothing in a child. One that
# is told to stop while it still loads Classkey would not hear it, and be killed much later.
signal.signal(signal.SIGTERM, signal.SIG_DFL)

from classkey.config.wsgi import application  # noqa: E402

__all__ = ["application"]
