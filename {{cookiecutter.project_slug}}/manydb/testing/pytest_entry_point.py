"""What the distribution registers with pytest.

It only names the plugin, which a project may name as well: pytest loads a plugin once for each name.
"""

pytest_plugins = ["manydb.testing.pytest_plugin"]
