{% include "rds_iam/" ~ cookiecutter.database_engine ~ ".py" -%}
