from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "engine.site.users"
