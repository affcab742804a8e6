"""Where the school's migrations are now."""

from pathlib import Path

from classkey.school import migrations

LAST = max(path.stem for path in Path(migrations.__path__[0]).glob("[0-9]*.py"))
"""The last migration that is not made up."""
