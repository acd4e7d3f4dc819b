{% include "tests/routed_case/" ~ ("tenant" if cookiecutter.router == "tenant" else "replica") ~ ".py" -%}
