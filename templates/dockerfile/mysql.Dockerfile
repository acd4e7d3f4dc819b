# syntax=docker/dockerfile:1
# Production. Configuration comes from the environment: settings/production.py.
#
#     docker build --tag {{ cookiecutter.project_slug }} .
#     docker run --env-file production.env --publish 8000:8000 {{ cookiecutter.project_slug }}

FROM python:3.13-slim-trixie AS build
# mysqlclient has no wheels for Linux, so it is compiled, here.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential default-libmysqlclient-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
RUN python -m venv /venv
WORKDIR /src
COPY pyproject.toml README.md ./
COPY {{ cookiecutter.project_slug }} {{ cookiecutter.project_slug }}
RUN --mount=type=cache,target=/root/.cache/pip /venv/bin/pip install ".[mysql,server]"

FROM python:3.13-slim-trixie
{% include "dockerfile/authorities.Dockerfile" -%}
# mysqlclient is linked to MariaDB's library.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates libmariadb3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 app
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000
# WEB_CONCURRENCY is the number of processes. Connections: processes x threads x aliases (databases/pooling.py).
CMD ["gunicorn", "--bind=0.0.0.0:8000", "--threads=4", "--worker-tmp-dir=/dev/shm", "--access-logfile=-", "{{ cookiecutter.project_slug }}.wsgi"]
