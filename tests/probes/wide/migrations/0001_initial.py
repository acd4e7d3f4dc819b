from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Subject",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=50)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("subject", models.ForeignKey("wide.Subject", models.CASCADE, null=True)),
                ("others", models.ManyToManyField("wide.Subject", related_name="noted")),
                ("text", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            "Passing", [("id", models.BigAutoField(primary_key=True))], {"managed": True}
        ),
        migrations.CreateModel(
            "Mark",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("text", models.CharField(max_length=50)),
            ],
        ),
    ]
