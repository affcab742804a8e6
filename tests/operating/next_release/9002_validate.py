"""The older rows are looked at."""

from django.db import migrations

from classkey.school.migrations import _beside


class Migration(migrations.Migration):
    dependencies = [("school", "9001_expand")]
    operations = [_beside.ValidateConstraint("membership", "not_a_dash")]
