# syntax=docker/dockerfile:1
# Production. Its configuration comes from the environment: settings/production.py says what it takes.
#
#     docker build --tag {{ cookiecutter.project_slug }} .
#     docker run --env-file production.env --publish 8000:8000 {{ cookiecutter.project_slug }}

FROM python:3.14-slim-trixie AS build
# hadolint ignore=DL3013
RUN pip install --no-cache-dir uv && python -m venv /venv
ENV PATH=/venv/bin:$PATH VIRTUAL_ENV=/venv UV_PROJECT_ENVIRONMENT=/venv UV_LINK_MODE=copy
WORKDIR /app
# What the project needs is a layer of its own, which a change of the code leaves as it is. uv.lock, which `uv lock`
# writes, says the versions; without it they are the newest that pyproject.toml allows.
# psycopg comes as a wheel with its own libpq: nothing is compiled.
COPY pyproject.toml uv.loc[k] ./
RUN if [ -f uv.lock ]; \
    then uv sync --frozen --no-dev --no-install-project --compile-bytecode --extra postgresql --extra server; \
    else uv pip install --compile-bytecode --requirements pyproject.toml --extra postgresql --extra server; fi
COPY . .
# Static files are served from /app/staticfiles; collecting them needs no parameter and no secret.
RUN python -m compileall -q . \
    && python manage.py collectstatic --no-input --settings={{ cookiecutter.project_slug }}.settings.static_files

FROM python:3.14-slim-trixie
{% include "dockerfile/" ~ ("rds" if cookiecutter.pooling == "rds_proxy" or cookiecutter.database_auth == "rds_iam" else "public") ~ ".Dockerfile" ignore missing -%}
# pg_dump and psql are those of PostgreSQL 17: good for servers of that version and older.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && update-ca-certificates \
    && useradd --system --uid 10001 app \
    && install --directory --owner=app /media
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# For manage.py too: without it a command in the container would work on SQLite files inside.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE={{ cookiecutter.project_slug }}.settings.production
ENV MEDIA_ROOT=/media
VOLUME /media
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
# On SIGTERM it finishes what was asked, for 30 s at most. Processes come from WEB_CONCURRENCY.
# Connections: processes x threads x aliases (manydb/presets/).
CMD ["gunicorn", "--bind=0.0.0.0:8000", "--threads=4", "--worker-tmp-dir=/dev/shm", "--no-control-socket", "{{ cookiecutter.project_slug }}.wsgi"]
