"""Django's MySQL backend, with an IAM token for a password on each new connection.

Settings: ENGINE "manydb.backends.rds_iam_mysql", HOST (the endpoint itself, no CNAME), USER (made
with AWSAuthenticationPlugin), no PASSWORD, ssl_mode VERIFY_IDENTITY; OPTIONS["aws_region"] or AWS_REGION.

The server asks for the token by mysql_clear_password. mysqlclient built on MariaDB's library (Debian)
answers by itself, even without TLS: hence the check below. On Oracle's library (Homebrew) the
environment needs LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN=1, for which mysqlclient has no option.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.mysql import base

from manydb.backends.rds_iam_tokens import TokenForPassword


class DatabaseWrapper(TokenForPassword, base.DatabaseWrapper):
    default_port = 3306

    def get_connection_params(self) -> dict[str, Any]:
        """What the driver gets, but for the token.

        Raises:
            ImproperlyConfigured: the connection would show the token to a server that was not checked.
        """
        params = super().get_connection_params()
        if params.get("ssl_mode") != "VERIFY_IDENTITY":
            raise ImproperlyConfigured(
                f"{self.alias}: IAM authentication sends a token in clear text, so "
                'OPTIONS["ssl_mode"] must be "VERIFY_IDENTITY".'
            )
        return params
