{% include "tests_legacy/" ~ ("queries" if cookiecutter.legacy_models else "none") ~ ".py" -%}
