from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wide", "0005_a")]
    operations = [migrations.RunSQL("INSERT INTO wide_extra VALUES (2)")]
