from django.apps import AppConfig


class ConferencesConfig(AppConfig):
    name = "{{ cookiecutter.project_slug }}.conferences"
