{% include "views/" ~ ("tenant" if cookiecutter.router == "tenant" else "using") ~ ".py" -%}
