{% include "tests/tenants/" ~ ("tenant" if cookiecutter.router == "tenant" else "none") ~ ".py" -%}
