from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wide", "0004_more")]
    operations = [migrations.RunSQL("INSERT INTO wide_extra VALUES (1)")]
