"""Routers as the guide prints them, mistakes included: what the generated routers are held against."""

from django.conf import settings


class DBRouter:
    def db_for_read(self, model, **hints):
        return getattr(model, "_DATABASE", None)

    def db_for_write(self, model, **hints):
        return getattr(model, "_DATABASE", None)

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        if model_name == "abstract" or model_name == "abstractauthors":
            return False
        return True


class TenantRouter:
    def db_for_read(self, model, **hints):
        database = getattr(model, "_DATABASE", None)
        if database:
            if getattr(model, "_PREFER_READ_REPLICA", True):
                replica = f"{database}_RO"
                if replica in settings.DATABASES:
                    return replica
            return database
        return None

    def db_for_write(self, model, **hints):
        database = getattr(model, "_DATABASE", None)
        if database and database.endswith("_RO"):
            return database[:-3]
        return database

    def allow_relation(self, obj1, obj2, **hints):
        db1 = getattr(obj1._meta.model, "_DATABASE", "default")
        db2 = getattr(obj2._meta.model, "_DATABASE", "default")
        db1 = db1[:-3] if db1.endswith("_RO") else db1
        db2 = db2[:-3] if db2.endswith("_RO") else db2
        return db1 == db2

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        if db.endswith("_RO"):
            return False
        if model_name in ("abstract", "abstractauthors"):
            return False
        if app_label == "poseidon":
            return db == "default"
        return None
