from django.db import migrations, models

TABLES = 12


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_names")]
    operations = [
        operation
        for number in range(TABLES)
        for operation in (
            migrations.AddField(f"Thing{number}", "note", models.TextField(blank=True, default="")),
            migrations.AlterField(
                f"Thing{number}",
                "price",
                models.DecimalField(max_digits=12, decimal_places=2, default=0),
            ),
        )
    ]
