{% include "tests_legacy/" ~ ("schema" if cookiecutter.legacy_models else "none") ~ ".py" -%}
