from django.db import migrations, models

TABLES = 12


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_parents")]
    operations = [
        migrations.AlterField(
            f"Thing{number}", "name", models.CharField(max_length=200, db_index=True)
        )
        for number in range(TABLES)
    ]
