{% include "mapping/" ~ ("catalog" if cookiecutter.router == "tenant" else "listed") ~ ".py" -%}
