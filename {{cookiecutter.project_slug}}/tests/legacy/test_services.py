{% include "tests_legacy/" ~ ("services" if cookiecutter.legacy_models else "none") ~ ".py" -%}
