"""What the engine adds to the start of a process, in CPU: python -m benchmarks.start

``django.setup()``, the WSGI application and the first query, with the apps and the middleware of a new project, without
the engine and with each router, in processes that take turns. Each process has what is imported as bytecode. The query
is there because Django itself imports a database's backend only then. Python looks for garbage once, at the end: else it is
chance whether one process does so and another does not, which is a quarter of what is measured.
"""

import subprocess
import sys
from statistics import median

from tests.commands import environment

from .frame import Verdicts, projects, short

MOST = 0.4  # of Django itself: 60 ms where that takes 150
# Those of a project that startproject makes.
APPS = ("admin", "auth", "contenttypes", "messages", "sessions", "staticfiles")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
OURS = {
    "manydb.replicas": "manydb.replicas.middleware.ReadYourWrites",
    "manydb.tenants": "manydb.tenants.middleware.tenant_from_request",
}
KINDS = {
    "none": [],
    "simple": ["DBRouter"],
    "replica": ["ReplicaRouter", "manydb.replicas"],
    "tenant": ["TenantRouter", "manydb.replicas", "manydb.tenants"],
}
SCRIPT = f"""
import gc, sys, time
gc.disable()
from django.conf import settings
router, *apps = sys.argv[1:] or [""]
if router:
    apps += ["manydb", "manydb.fleet", "manydb.legacy"]
settings.configure(
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    DATABASE_ROUTERS=[f"manydb.routers.{{router}}"] if router else [],
    INSTALLED_APPS=[*apps, *(f"django.contrib.{{app}}" for app in {APPS})],
    MIDDLEWARE=[*{MIDDLEWARE}, *({OURS}[each] for each in apps if each in {OURS})],
    ROOT_URLCONF="django.contrib.auth.urls",
    SECRET_KEY="x",
)
began = time.process_time()
import django
django.setup()
from django.core.wsgi import get_wsgi_application
get_wsgi_application()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
gc.collect()
print((time.process_time() - began) * 1000)
"""


def main() -> None:
    rounds = 3 if short(__doc__) else 25
    verdicts = Verdicts()
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with projects() as rendered:
        project = rendered(router="tenant")
        env = environment({"PYTHONPYCACHEPREFIX": str(project / "bytecode")})
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(rounds + 1):
            for kind, words in KINDS.items():
                ran = subprocess.run(
                    [sys.executable, "-c", SCRIPT, *words],
                    cwd=project,
                    env=env,
                    stdout=subprocess.PIPE,
                    text=True,
                    check=True,
                )
                if number:  # the first writes the bytecode
                    took[kind].append(float(ran.stdout))
    plain = took.pop("none")
    for kind, found in took.items():
        # Of the cheapest: what other work on the machine adds is not in it.
        ours, theirs = (median(sorted(costs)[:5]) for costs in (found, plain))
        middle = median(each / other - 1 for each, other in zip(found, plain, strict=True))
        detail = f"{middle:.2f} in the median of the pairs; {ours - theirs:.0f} and {theirs:.0f} ms"
        verdicts.judge(
            f"{kind}, CPU more than Django's", ours / theirs - 1, "at most", MOST, detail
        )
    verdicts.end()


if __name__ == "__main__":
    main()
