from django.db import migrations


def fill(apps, editor):
    using = editor.connection.alias
    subject = apps.get_model("wide", "Subject").objects.using(using).create(name="water")
    note = apps.get_model("wide", "Note").objects.using(using).create(subject=subject, text="old")
    note.others.add(subject)


class Migration(migrations.Migration):
    dependencies = [("wide", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
