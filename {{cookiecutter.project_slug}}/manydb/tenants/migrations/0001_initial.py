import uuid

import django.db.models.deletion
from django.db import migrations, models

from manydb.tenants.models import validate_name


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Tenant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(max_length=30, unique=True, validators=[validate_name]),
                ),
                (
                    "uuid",
                    models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
                ("database", models.CharField(max_length=63)),
                ("server", models.CharField(blank=True, max_length=50)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("creating", "Creating"),
                            ("ready", "Ready"),
                            ("suspended", "Suspended"),
                            ("failed", "Failed"),
                            ("moving", "Moving"),
                            ("restoring", "Restoring"),
                            ("dropping", "Dropping"),
                        ],
                        default="creating",
                        max_length=20,
                    ),
                ),
                (
                    "command",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("create", "Create"),
                            ("clone", "Clone"),
                            ("restore", "Restore"),
                            ("replace", "Replace"),
                            ("move", "Move"),
                            ("move_back", "Move Back"),
                            ("drop", "Drop"),
                            ("migrate", "Migrate"),
                            ("adopt", "Adopt"),
                            ("adopt_back", "Adopt Back"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "phase",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("started", "Started"),
                            ("copying", "Copying"),
                            ("whole", "Whole"),
                        ],
                        max_length=20,
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=30)),
                ("run", models.CharField(blank=True, max_length=8)),
                (
                    "state_before",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("creating", "Creating"),
                            ("ready", "Ready"),
                            ("suspended", "Suspended"),
                            ("failed", "Failed"),
                            ("moving", "Moving"),
                            ("restoring", "Restoring"),
                            ("dropping", "Dropping"),
                        ],
                        max_length=20,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("other_database", models.CharField(blank=True, max_length=63)),
                ("other_server", models.CharField(blank=True, max_length=50)),
                ("adopted", models.CharField(blank=True, max_length=63)),
                ("account", models.CharField(blank=True, max_length=20)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("migrated_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("server", "database"), name="one_tenant_per_database"
                    )
                ],
                "indexes": [models.Index(fields=["state", "name"], name="tenants_by_state")],
            },
        ),
        migrations.CreateModel(
            name="Hostname",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("host", models.CharField(max_length=253, unique=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hostnames",
                        to="manydb_tenants.tenant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(db_index=True, max_length=30)),
                ("uuid", models.UUIDField()),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["-pk"]},
        ),
    ]
