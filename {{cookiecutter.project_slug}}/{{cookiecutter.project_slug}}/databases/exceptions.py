{% include "exceptions/" ~ ("tenant" if cookiecutter.router == "tenant" else "shared") ~ ".py" -%}
