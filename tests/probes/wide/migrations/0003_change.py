from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wide", "0002_fill"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.RenameModel("Subject", "Topic"),
        migrations.RenameField("Topic", "name", "title"),
        migrations.RenameField("Note", "subject", "topic"),
        migrations.RenameField("Note", "text", "body"),
        migrations.AlterField("Topic", "title", models.CharField(max_length=200, db_index=True)),
        migrations.AddField("Note", "rank", models.IntegerField(default=7), preserve_default=False),
        migrations.AddField(
            "Note", "slug", models.SlugField(default="one", unique=True), preserve_default=False
        ),
        migrations.DeleteModel("Passing"),
    ]
