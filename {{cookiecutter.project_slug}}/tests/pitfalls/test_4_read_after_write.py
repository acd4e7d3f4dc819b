{% include "tests/read_after_write/" ~ cookiecutter.router ~ ".py" -%}
