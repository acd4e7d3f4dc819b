{% include "tests_legacy/" ~ ("fixtures" if cookiecutter.legacy_models else "none") ~ ".py" -%}
