{% include "models/" ~ ("tenant" if cookiecutter.router == "tenant" else "shared") ~ ".py" -%}
