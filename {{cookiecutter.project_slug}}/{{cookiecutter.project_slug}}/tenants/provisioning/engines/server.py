{% include "provisioning/" ~ cookiecutter.database_engine ~ ".py" -%}
