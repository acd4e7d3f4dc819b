"""Gives pytest what ``manage.py test`` has from its runner: replicas that mirror, unmanaged tables."""

pytest_plugins = ["manydb.testing.pytest_plugin"]
{%- if not cookiecutter.legacy_models %}

# Tests of the example apps, which a project that was rendered without hooks still has.
collect_ignore = ["legacy"]
{%- endif %}
