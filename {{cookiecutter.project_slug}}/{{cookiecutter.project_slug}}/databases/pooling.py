{% include "pooling/" ~ cookiecutter.pooling ~ "_" ~ cookiecutter.database_engine ~ ".py" -%}
