{% include "sight/" ~ ("none" if cookiecutter.router == "simple" else "replicas") ~ ".py" -%}
