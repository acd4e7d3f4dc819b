{% include "fleet_members/" ~ ("catalog" if cookiecutter.router == "tenant" else "static") ~ ".py" -%}
