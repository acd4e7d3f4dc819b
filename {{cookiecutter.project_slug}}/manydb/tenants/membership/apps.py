from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "manydb.tenants.membership"
    label = "manydb_membership"
    verbose_name = "Members of tenants"
    default_auto_field = "django.db.models.BigAutoField"  # whatever the project's is
