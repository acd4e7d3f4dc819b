{% include "tests/expectations/" ~ cookiecutter.router ~ ".py" -%}
