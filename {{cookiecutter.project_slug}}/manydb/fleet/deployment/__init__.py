"""A deployment: from empty servers to databases that are served, by ``manage.py deploy_databases``.

``deployment_plan`` looks at ``deployed_servers`` and says what is missing, or why nothing may be made. ``server`` with
``mysql`` and ``postgresql`` is what differs between servers; ``deployed`` is what the shared database says of itself and
of others.
"""
