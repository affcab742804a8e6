"""What several web processes of one server count, they count together (docs/operating.md).

granian starts its workers as processes of its own. Whichever of them Prometheus reaches, it is to
be told of all: each counts in a file of a folder that they share, and the files are added up. The
folder is in the system's for temporary files, named after the process that started them, so that
nothing has to be set.
"""

import os
import stat
import sys
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client looks for the folder when it is imported, and only then."""


def share() -> None:
    """Choose the folder, if anybody is to be told the counts at all. Before anything is counted:
    what counts already (a test's process) goes on by itself.

    Raises ImproperlyConfigured if somebody else owns what lies there, or may write to it.
    """
    is_asked = os.environ.get("CLASSKEY_METRICS_TOKEN")
    if not is_asked or FOLDER in os.environ or "prometheus_client" in sys.modules:
        return
    os.environ[FOLDER] = str(_own(Path(tempfile.gettempdir(), f"classkey-counts-{os.getppid()}")))


def _own(folder: Path) -> Path:
    """Make the folder, ours alone, or take the one that another worker has made."""
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    is_ours = about.st_uid == os.getuid() and not stat.S_IMODE(about.st_mode) & 0o077
    if not stat.S_ISDIR(about.st_mode) or not is_ours:
        raise ImproperlyConfigured(f"{folder} is not Classkey's own; remove it.")
    return folder
