"""An index, made beside the work."""

from django.db import migrations, models

from classkey.school.migrations import _beside


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("school", "9002_validate")]
    operations = [
        _beside.AddIndex("membership", models.Index(fields=["joined_at"], name="by_day")),
    ]
