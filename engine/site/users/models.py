"""The user model of the project (``AUTH_USER_MODEL``)."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A user of the project, in ``default``, with the fields of Django's own user model.

    To give users another field, add it here and run ``makemigrations``. Django can't change
    ``AUTH_USER_MODEL`` once its tables exist, so the project has a model of its own from the start.
    Other code calls ``get_user_model()``; relations name ``settings.AUTH_USER_MODEL``.
    """
