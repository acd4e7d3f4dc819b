"""A router without a package, which needs none of the peers."""


class Getattr:
    """The router of Django's documentation for models that say where they live."""

    def db_for_read(self, model, **hints):
        return getattr(model, "_DATABASE", "default")

    db_for_write = db_for_read
