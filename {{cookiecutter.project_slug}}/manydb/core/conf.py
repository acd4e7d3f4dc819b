"""The settings of this package, each with the default that holds where a project says nothing.

``conf.TENANT_CACHE_SECONDS`` is the project's setting of that name, or the default. It is read from Django
once and then kept, because routers ask for every query; ``override_settings`` and pytest-django's ``settings``
are noticed.
"""

from collections.abc import Collection, Mapping
from typing import Any, Generic, TypeVar, overload

from django.conf import settings
from django.core.signals import setting_changed

T = TypeVar("T")


class Setting(Generic[T]):
    """One setting: its default, and what it says."""

    def __init__(self, default: T, doc: str) -> None:
        self.default = default
        self.doc = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, conf: None, owner: type) -> "Setting[T]": ...

    @overload
    def __get__(self, conf: "Conf", owner: type) -> T: ...

    def __get__(self, conf: "Conf | None", owner: type) -> "Setting[T] | T":
        if conf is None:
            return self
        value: T = getattr(settings, self.name, self.default)
        vars(conf)[self.name] = value  # found there from now on, without a call
        return value


class Conf:
    """All settings of this package. What production takes from a parameter has the same name there."""

    # Parameters (manydb.parameters)
    PARAMETER_SECONDS = Setting(
        300.0,
        "Seconds for which a process keeps what a parameter store said. A changed password is used by the first "
        "connection that is opened after that, or at once after a refused login.",
    )

    # Migrations
    MIGRATION_HINTS: Setting[dict[str, dict[str, str]]] = Setting(
        {},
        "Hints for RunPython and RunSQL in migrations of packages, which you can't edit, by migration: "
        'shop.0003_fill: {"model": "shop.Order"}. A hint in the migration itself goes before it.',
    )

    # Health
    READY_REQUIRES: Setting[Collection[str]] = Setting(
        [],
        "Aliases without which this process is not ready: /readyz answers 503 while one of them is away. Others "
        "that are away are in the details of /readyz only, or one lost database would take every process out of "
        "the balancer.",
    )
    MONITORING_TOKEN: Setting[str | None] = Setting(
        None,
        "Who sends Authorization: Bearer with this token sees the details of /readyz, and /metrics. None shows "
        "them to no request.",
    )
    DRAIN_SECONDS: Setting[float] = Setting(
        0.0,
        "Seconds that a process goes on serving after SIGTERM, while /readyz answers 503, before the server "
        "that runs it ends.",
    )

    # Logs
    LOG_FORMAT = Setting(
        "text",
        'What the formatter manydb.core.log_lines.Lines writes: "text", or "json" for a collector of logs.',
    )
    LOG_QUERIES = Setting(
        False, "Whether the line of a request says how many queries it sent to each alias."
    )
    REQUEST_ID_HEADER: Setting[str | None] = Setting(
        "X-Request-ID",
        "The header in which a gateway gives a request its id: up to 64 letters, digits and hyphens. Any other "
        "value is replaced. None gives each request an id of its own.",
    )

    # Metrics (manydb.contrib.prometheus)
    METRICS_PER_TENANT = Setting(
        False,
        "Whether requests are counted for each tenant besides. Each tenant is a series of its own in each process, "
        "so leave it out with thousands of tenants.",
    )

    # Connections
    HEALTH_CHECK_SECONDS: Setting[float] = Setting(
        1.0,
        "Seconds for which a kept connection that has answered a health check is not asked again, while nothing "
        "comes from its server: a server that ends a connection says so. It holds where CONN_HEALTH_CHECKS is "
        "True. 0 asks in each request, as Django does.",
    )

    # Servers
    SERVER_THREADS: Setting[int | None] = Setting(
        3,
        "Threads of one process that may wait for one server at a time while it answers none of them, nor a new "
        "connection. The next one gets NoFreeConnection, and its page 503, so that the process has room for databases "
        "on other servers: one less than a process has threads. None is no limit.",
    )

    # Replicas (manydb.replicas)
    REPLICA_MAX_LAG = Setting(
        10.0,
        "Seconds that a replica may be behind its primary. A replica that is further behind gets no reads "
        "until it has caught up. Where positions can't be had, a client reads the primary for this long "
        "after a write.",
    )
    REPLICA_POSITIONS = Setting(
        True,
        "Whether servers are asked for their position after a write. False where one address stands for "
        "several replicas, such as a reader endpoint: the next statement may reach another replica than the "
        "one that was asked.",
    )
    REPLICA_FALLBACK = Setting(
        True,
        "Whether reads go to the primary while no replica can take them. False protects a primary that could "
        "not bear them: reads fail with ReplicaUnavailable, and pages with 503.",
    )
    REPLICA_FALLBACK_PER_SECOND = Setting(
        200,
        "How many reads a second each process may send to the primary for that reason. One choice, which "
        "holds for all reads of a request from one database, counts as one.",
    )
    REPLICA_OLDER_ANSWERS = Setting(
        True,
        "Whether a client whose primary is away reads what a replica has, although the replica may lack what the "
        "client wrote. False: such reads fail with ReplicaUnavailable, and pages with 503.",
    )
    PRIMARY_APPS: Setting[Collection[str] | None] = Setting(
        None,
        "Labels of the apps whose models are read from the primary in every request, because a stale answer "
        "would let a stranger in. None stands for manydb.replicas.default_primary_apps(): auth, sessions, "
        "contenttypes, the app of AUTH_USER_MODEL, and well-known apps of tokens and second factors. A model's "
        "own _PREFER_READ_REPLICA goes before it.",
    )

    # Tenants (manydb.tenants)
    BASE_DOMAIN = Setting(
        "localhost",
        "The domain under which each tenant has a subdomain: acme.example.com for acme if this is example.com.",
    )
    TENANT_RESOLVERS = Setting(
        ["manydb.tenants.resolvers.subdomain"],
        "The functions that are asked, in this order, which tenant a request is for: those of "
        "manydb.tenants.resolvers, or your own.",
    )
    TENANT_PATH = Setting("/t/", "What the resolver `path` looks for: /t/acme/….")
    TENANT_HEADER: Setting[str | None] = Setting(
        None,
        'The header that the resolver `trusted_header` believes, if a gateway sets it: "X-Tenant".',
    )
    TENANT_CACHE_SECONDS: Setting[float] = Setting(
        30,
        "Seconds that a process keeps what the catalog said of a tenant. A new tenant is served everywhere, "
        "and a suspended tenant nowhere, at most this much later.",
    )
    TENANT_STALE_SECONDS: Setting[float] = Setting(
        600,
        "Seconds for which a process goes on with what the catalog said of a tenant while `default` can't be "
        "asked. The log says so, and the tenant's own database has to say that it is served.",
    )
    TENANT_SERVERS: Setting[dict[str, dict[str, Any]]] = Setting(
        {},
        "Servers besides that of `default`, by name: what differs there (HOST, PORT, USER, PASSWORD …). "
        "READER is what differs from that again for replicas, DIRECT the way past a pooler. A row of the "
        "catalog names one of them.",
    )
    TENANT_ACCOUNTS = Setting(
        False,
        "Whether each tenant's database has an account of its own on the server, which reaches no other one. Its "
        "password is derived from the parameter TENANT_ACCOUNTS_KEY. Not on SQLite, and not in tests.",
    )
    TENANT_POOL_CONNECTIONS: Setting[int | None] = Setting(
        None,
        "The pooler's `max_db_connections`. With TENANT_ACCOUNTS it is the only limit that the "
        "pooler has, for each database apart, so a check compares its sum with what the server takes.",
    )
    TENANT_SPARES = Setting(
        0,
        "Databases on each server that prepare_tenants makes ahead, so that create_tenant takes one of them "
        "and need not wait until a new one is made.",
    )
    TENANT_CONNECTIONS: Setting[int | None] = Setting(
        100,
        "Connections to tenants' databases, replicas included, that one process may have open over all of its "
        "threads; None is no limit. At the limit the least recently used idle connection is closed.",
    )
    TENANT_CONNECTIONS_WHEN_BUSY = Setting(
        "wait",
        'What to do while all of them are in use: "wait" for one, or "refuse" at once. Both end in '
        "NoFreeConnection.",
    )
    TENANT_CONNECTIONS_WAIT = Setting(5.0, 'Seconds to wait for a connection with "wait".')
    TENANT_MEMBERSHIP = Setting(
        False,
        "Whether only its members may enter a tenant: another user is anonymous there. Superusers enter every "
        "tenant. True in generated projects.",
    )
    TENANT_MEMBERSHIP_RULE = Setting(
        "manydb.tenants.membership.rule.members_of",
        "The function that says who is a member. It takes the name of a tenant and returns a condition on users: "
        "a Q, or an expression such as Exists.",
    )
    TENANT_SIGN_UP: Setting[str | None] = Setting(
        "manydb.tenants.membership.sign_up.join",
        "The function that is called with a user who was created while a tenant is active, and the tenant's name. "
        "The default makes the user a member. None calls nothing.",
    )

    # Models of packages
    TENANT_APPS: Setting[Collection[str]] = Setting(
        [],
        "Apps whose models live in tenants' databases, for packages whose source is not yours. Labels, or "
        '"app.Model" for one model; "*" is all of them but SHARED_APPS and the apps of manydb.',
    )
    SHARED_APPS: Setting[Collection[str]] = Setting(
        [],
        "Apps, or models, that TENANT_APPS does not mean. They live in one database for all tenants.",
    )
    APP_DATABASES: Setting[Mapping[str, str]] = Setting(
        {},
        "Apps, or models, that live in another database than `default`, each with its alias: "
        '{"shop": "shop"}. What `_DATABASE` is on a model of your own.',
    )

    TENANT_DEFAULT = Setting(
        False,
        "Whether `default` is the active tenant's database, for code of others that says atomic(), on_commit() or "
        "django.db.connection and names no database. What tenants share is in `catalog` then.",
    )

    # Tests
    TEST_TENANT: Setting[str | None] = Setting(
        None,
        "A tenant of DATABASES that is active in every test, for tests that were written without tenants in "
        "mind. Requests of the test client are its own, and tests that name no databases may use its database.",
    )
    TEST_RUNNER_BASE = Setting(
        "django.test.runner.DiscoverRunner",
        "The runner that manydb.testing.Runner derives from: that of a project which has one of its own.",
    )
    TENANTS_ALWAYS_READY = Setting(
        False,
        "Whether a tenant that DATABASES lists is ready without a look into the catalog; True in tests.",
    )
    REPORT_TRANSACTIONS_ELSEWHERE = Setting(
        False,
        "Whether a warning says where a tenant is written to inside atomic() on another database; True in "
        "tests.",
    )


conf = Conf()
SETTINGS: dict[str, Setting[Any]] = {
    name: each for name, each in vars(Conf).items() if isinstance(each, Setting)
}


def _forget(*, setting: str, **kwargs: Any) -> None:
    vars(conf).pop(setting, None)


setting_changed.connect(_forget, dispatch_uid=f"{__name__}.forget")
