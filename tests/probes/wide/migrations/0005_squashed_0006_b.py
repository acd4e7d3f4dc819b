from django.db import migrations


class Migration(migrations.Migration):
    replaces = [("wide", "0005_a"), ("wide", "0006_b")]
    dependencies = [("wide", "0004_more")]
    operations = [
        migrations.RunSQL("INSERT INTO wide_extra VALUES (1)"),
        migrations.RunSQL("INSERT INTO wide_extra VALUES (2)"),
    ]
