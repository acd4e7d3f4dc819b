{% include "tests_legacy/" ~ ("tenant" if cookiecutter.router == "tenant" else "using") ~ ".py" -%}
