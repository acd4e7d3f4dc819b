{% include "engine/" ~ cookiecutter.database_engine ~ ".py" -%}
