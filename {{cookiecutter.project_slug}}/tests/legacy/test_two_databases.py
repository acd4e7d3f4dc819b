{% include "tests_legacy/" ~ ("two_databases" if cookiecutter.legacy_models else "none") ~ ".py" -%}
