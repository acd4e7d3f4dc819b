"""Shared models in the admin: they show on the base domain and on each tenant's host."""

from manydb.legacy.admin import register_app

register_app("news")
