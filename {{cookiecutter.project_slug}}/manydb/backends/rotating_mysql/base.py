"""Django's MySQL backend, with the login that the parameter store has now for each new connection.

Settings: ENGINE "manydb.backends.rotating_mysql", USER and PASSWORD from ``get_param()``.
"""

from django.db.backends.mysql import base

from manydb.backends.current_login import CurrentLogin

# Access denied; the same for accounts of a plugin; a password that has expired, before and after login; an account
# that is locked or has failed too often, of MySQL and of MariaDB.
_REFUSALS = {(1045,), (1698,), (1820,), (1862,), (3118,), (3955,), (4151,)}


class DatabaseWrapper(CurrentLogin, base.DatabaseWrapper):
    def is_refusal(self, error: Exception) -> bool:
        return isinstance(error, self.Database.Error) and error.args[:1] in _REFUSALS
