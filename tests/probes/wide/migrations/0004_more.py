from django.db import migrations, models


def use_the_newest(apps, editor):
    using = editor.connection.alias
    (note,) = apps.get_model("wide", "Note").objects.using(using).select_related("topic")
    note.body += f" {note.rank} {note.topic.title} {note.others.count()}"
    note.save()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("wide", "0003_change")]
    operations = [
        migrations.RunPython(use_the_newest, migrations.RunPython.noop, atomic=True),
        migrations.AlterField("Note", "rank", models.DecimalField(max_digits=9, decimal_places=2)),
        migrations.AddIndex("Note", models.Index(fields=["rank", "slug"], name="wide_rank_slug")),
        migrations.AddConstraint(
            "Note",
            models.CheckConstraint(condition=models.Q(rank__gte=0), name="wide_rank_positive"),
        ),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL("CREATE TABLE wide_extra (id int)")], []
        ),
    ]
