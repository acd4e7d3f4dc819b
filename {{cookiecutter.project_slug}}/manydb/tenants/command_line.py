"""``--database NEWCO`` for any tenant of the catalog, with every command of Django and others'.

They declare all of ``connections`` as the choices of that option; walking it gives the listed ones only.
"""

from django.db import connections

from manydb.patches.command_options import take_any_alias


def install() -> None:
    take_any_alias(lambda alias: alias in connections.settings)
