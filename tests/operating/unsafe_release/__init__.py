"""The school's migrations, and after them made-up ones of a release to come."""

from pathlib import Path

from classkey.school import migrations

__path__ = [*migrations.__path__, str(Path(__file__).parent)]
