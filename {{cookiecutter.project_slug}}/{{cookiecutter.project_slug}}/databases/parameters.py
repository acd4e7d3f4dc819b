{% include "parameters/" ~ cookiecutter.parameter_store ~ ".py" -%}
