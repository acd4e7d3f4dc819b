from django.apps import AppConfig


class ConferencesConfig(AppConfig):
    name = "engine.site.conferences"
