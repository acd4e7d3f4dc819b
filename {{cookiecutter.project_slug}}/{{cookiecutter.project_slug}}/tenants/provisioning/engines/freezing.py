{% include "freezing/" ~ cookiecutter.database_engine ~ ".py" -%}
