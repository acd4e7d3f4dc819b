"""Django's PostgreSQL backend, with an IAM token for a password on each new connection.

Settings: ENGINE "manydb.backends.rds_iam_postgresql", HOST (the endpoint itself, no CNAME), USER (a role
that was granted rds_iam), no PASSWORD, sslmode verify-full; OPTIONS["aws_region"] or AWS_REGION.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base

from manydb.backends.rds_iam_tokens import TokenForPassword


class DatabaseWrapper(TokenForPassword, base.DatabaseWrapper):
    default_port = 5432

    def get_connection_params(self) -> dict[str, Any]:
        """What the driver gets, but for the token.

        Raises:
            ImproperlyConfigured: the connection would show the token to a server that was not
                checked, or Django's pool would keep the token.
        """
        params = super().get_connection_params()
        if params.get("sslmode") != "verify-full":
            raise ImproperlyConfigured(
                f"{self.alias}: IAM authentication sends a token in clear text, so "
                'OPTIONS["sslmode"] must be "verify-full".'
            )
        if self.settings_dict["OPTIONS"].get("pool"):
            raise ImproperlyConfigured(
                f'{self.alias}: OPTIONS["pool"] would connect with a token from when the pool was '
                "made, and tokens last 15 minutes: leave it out."
            )
        return params
