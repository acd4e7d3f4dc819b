{% include "production_databases/" ~ ("none" if cookiecutter.pooling == "none" else "pooler") ~ ".py" -%}
