from django.db import migrations, models

TABLES = 12
ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            f"Thing{number}",
            [
                ("id", ID),
                ("name", models.CharField(max_length=100)),
                ("price", models.IntegerField(default=0)),
                ("made", models.DateTimeField(auto_now_add=True)),
            ],
        )
        for number in range(TABLES)
    ]
