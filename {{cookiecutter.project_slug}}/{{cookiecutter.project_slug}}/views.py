{% include "views/" ~ ("plain" if not cookiecutter.legacy_models else "tenant" if cookiecutter.router == "tenant" else "using") ~ ".py" -%}
