{% include "progress/" ~ ("bar" if cookiecutter.router == "tenant" else "lines") ~ ".py" -%}
