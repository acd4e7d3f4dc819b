import django.db.models.deletion
from django.db import migrations, models

TABLES = 12


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]
    operations = [
        migrations.AddField(
            f"Thing{number}",
            "parent",
            models.ForeignKey(f"shop.Thing{number - 1}", django.db.models.deletion.CASCADE),
        )
        for number in range(1, TABLES)
    ]
