"""Gives pytest what ``manage.py test`` has from its runner: replicas that mirror, unmanaged tables."""

pytest_plugins = ["manydb.testing.pytest_plugin"]
