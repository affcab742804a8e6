"""A column with a default that only the next release knows of."""

from django.db import migrations, models

from tests.operating.last import LAST


class Migration(migrations.Migration):
    dependencies = [("school", LAST)]
    operations = [
        migrations.AddField("membership", "note", models.CharField(max_length=9, default="")),
    ]
