"""A column that the last release does not write, and a check that it does not break."""

from django.db import migrations, models

from classkey.school.migrations import _beside
from tests.operating.last import LAST


class Migration(migrations.Migration):
    dependencies = [("school", LAST)]
    operations = [
        migrations.AddField("membership", "note", models.CharField(max_length=9, db_default="")),
        migrations.AddField("redemption", "note", models.CharField(max_length=9, null=True)),
        _beside.AddConstraintNotValid(
            "membership",
            models.CheckConstraint(condition=~models.Q(note="-"), name="not_a_dash"),
        ),
    ]
