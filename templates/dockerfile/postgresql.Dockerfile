# syntax=docker/dockerfile:1
# Production. Its configuration comes from the environment: settings/production.py says what it takes.
#
#     docker build --tag {{ cookiecutter.project_slug }} .
#     docker run --env-file production.env --publish 8000:8000 {{ cookiecutter.project_slug }}

FROM python:3.13-slim-trixie AS build
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH
WORKDIR /app
COPY . .
# psycopg comes as a wheel with its own libpq: nothing is compiled.
# Static files are served from /app/staticfiles; collecting them needs no parameter and no secret.
RUN pip install --no-cache-dir --editable ".[postgresql,server]" \
    && python manage.py collectstatic --no-input --settings={{ cookiecutter.project_slug }}.settings.static_files

FROM python:3.13-slim-trixie
{% include "dockerfile/" ~ ("rds" if cookiecutter.pooling == "rds_proxy" or cookiecutter.database_auth == "rds_iam" else "public") ~ ".Dockerfile" ignore missing -%}
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && update-ca-certificates \
    && useradd --system --uid 10001 app
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# For manage.py too: without it a command in the container would work on SQLite files inside.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE={{ cookiecutter.project_slug }}.settings.production
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/livez', timeout=4)"]
# Processes come from WEB_CONCURRENCY. Connections: processes x threads x aliases (manydb/presets/).
CMD ["gunicorn", "--bind=0.0.0.0:8000", "--threads=4", "--worker-tmp-dir=/dev/shm", "{{ cookiecutter.project_slug }}.wsgi"]
