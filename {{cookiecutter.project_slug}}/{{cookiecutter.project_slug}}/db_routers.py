{% include "routers/" ~ cookiecutter.router ~ ".py" -%}
