"""A tenant's database, with all that is needed to make it, fill it and drop it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from django.db import Error

from manydb.core.database_identity import Identity, write
from manydb.core.leases import confirm
from manydb.core.ownership import IDENTITY_TABLE
from manydb.fleet.tenant_logins import TenantAccount, has_accounts
from manydb.tenants.identity import SERVED
from manydb.tenants.lifecycle.engines import Engine, engine_of
from manydb.tenants.lifecycle.errors import ProvisioningError
from manydb.tenants.lifecycle.logins import logins_for
from manydb.tenants.lifecycle.places import Place, Template, owner_of
from manydb.tenants.models import Tenant
from manydb.tenants.records import TenantRecord


@dataclass(frozen=True, slots=True)
class TenantDatabase:
    """Where a database is, the engine that serves it, and the token that marks it while it is made.

    The token names the tenant's row and one run of a command, so that a database which this run made can be
    told from any other of the same name. ``tenant`` is the tenant's UUID, which the database says of itself.
    """

    place: Place
    engine: Engine
    token: str
    tenant: str
    account: str = ""  # the label of the tenant's own account on the server, if it has one

    @classmethod
    def on(cls, row: Tenant, server: str, database: str, run: str = "") -> "TenantDatabase":
        """Returns the database of this name on a server, as one of this tenant.

        Raises:
            ProvisioningError: this project gives no tenant a database of that name.
            ImproperlyConfigured: TENANT_SERVERS does not have the server, or not all of it.
        """
        record = TenantRecord(row.name, row.name.upper(), database, server)
        place = Place.of(record, row.adopted)
        return cls(
            place, engine_of(place), f"tenant_{row.pk}_{run or 0}", str(row.uuid), row.account
        )

    @classmethod
    def of(cls, row: Tenant) -> "TenantDatabase":
        """Returns the database that the tenant has. Raises what ``on`` raises."""
        return cls.on(row, row.server, row.database)

    @classmethod
    def other_of(cls, row: Tenant) -> "TenantDatabase":
        """Returns the database that the tenant moves to, or the previous one. Raises what ``on`` raises."""
        return cls.on(row, row.other_server, row.other_database, row.run)

    @property
    def tables(self) -> Place:
        """Where the tables are read, whether the database is frozen or not."""
        return self.engine.tables_of(self.place)

    def exists(self) -> bool:
        """Returns whether there is a whole database of this name."""
        return self.engine.exists(self.place)

    @contextmanager
    def making(self, template: Template | None = None) -> Iterator[Place]:
        """Makes the database; see ``Engine.making``. When the block ends it says whose it is."""
        confirm()
        with self.engine.making(self.place, self.token, template) as fresh:
            if self.engine.marks_inside:  # it has its name already, and sessions find it
                _write(fresh, Identity(self.tenant, Tenant.State.CREATING))
            yield fresh
            confirm()
            self._open_to_pages(fresh)
            _write(fresh, Identity(self.tenant, SERVED), afresh=True)

    def _open_to_pages(self, place: Place) -> None:
        if self.account and has_accounts(place.settings):
            account = TenantAccount(self.tenant, self.account)
            self.engine.admit(place, logins_for(place, account))
        else:
            place.open_to_pages()

    def admit(self, account: TenantAccount) -> None:
        """Makes this account of the tenant's on the server, and lets it use the database."""
        self.engine.admit(self.tables, logins_for(self.place, account))

    def drop_accounts(self) -> None:
        """Drops the tenant's accounts on this server, where it has no database any more."""
        if self.account:
            account = TenantAccount(self.tenant, self.account)
            self.engine.drop_accounts(self.place, [*account.names(), *account.others()])

    def leave(self) -> None:
        """Drops the tenant's accounts, and leaves the database to others."""
        if self.account:
            account = TenantAccount(self.tenant, self.account)
            self.engine.expel(self.place, [*account.names(), *account.others()])
            self.drop_accounts()

    def say(self, state: str) -> bool:
        """Makes the database say that the tenant has this state, to processes whose catalog is outdated.

        Returns:
            whether there is a database that can say it; one that was lost says nothing.

        Raises:
            ProvisioningError or django.db.Error: it can't be reached.
        """
        confirm()
        try:
            _write(self.tables, Identity(self.tenant, state))
        except Error:
            if self.engine.exists(self.tables):
                raise
            return False
        return True

    def release(self) -> None:
        """Removes the mark, once the catalog lists the database."""
        self.engine.release(self.place, self.token)

    def is_marked(self) -> bool:
        """Returns whether the database exists and has this run's mark."""
        return self.engine.is_marked(self.place, self.token)

    @contextmanager
    def proving(self) -> Iterator[Place]:
        """Yields an empty database on the same server for the block, to restore a dump of this one into.

        It has one name for each tenant, so that the next command drops what a killed one has left of it.
        """
        self._drop_proof()
        try:
            with self.engine.making(self.proof, self._proof_token) as fresh:
                yield fresh
        finally:
            with suppress(Error, OSError):
                self.engine.drop(self.proof)

    @property
    def proof(self) -> Place:
        """Where dumps of this tenant are proved."""
        return self.place.beside(owner_of(self._proof_token).rstrip("_"))

    @property
    def _proof_token(self) -> str:
        return f"proof_{owner_of(self.token).removeprefix('tenant_')}0"

    def _drop_proof(self) -> None:
        self.engine.discard(self.proof, self._proof_token)
        self.engine.drop(self.proof)

    def drop(self) -> None:
        """Drops the database, with what is left of a proof, and ends its sessions. A missing one is no error."""
        confirm()
        self._drop_proof()
        self.engine.drop(self.place)
        if self.account:  # on MySQL they would hold for the next database of this name
            account = TenantAccount(self.tenant, self.account)
            self.engine.forget_rights(self.place, [*account.names(), *account.others()])

    def remove(self, *, ours: bool) -> None:
        """Drops the database, and what interrupted runs have left of it.

        Args:
            ours: the catalog says that the database is this tenant's. Otherwise it is dropped only if it has
                this run's mark, since another one may have the same name.
        """
        confirm()
        self.engine.discard(self.place, self.token)
        if ours or self.is_marked():
            self.drop()


def claim(row: Tenant) -> None:
    """Makes a database that was there before the row say whose it is. One that can't be reached says nothing.

    ``migrate_databases`` does the same for a database that has no identity then.
    """
    with suppress(Error, OSError, ProvisioningError):
        database = TenantDatabase.of(row)
        if database.exists():
            database.say(row.state)


def _write(place: Place, identity: Identity, *, afresh: bool = False) -> None:
    with place.connect() as connection, connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # a frozen database is read-only by default
            cursor.execute("SET default_transaction_read_only = off")
        if afresh:  # a dump may have brought something of that name
            cursor.execute(f"DROP TABLE IF EXISTS {IDENTITY_TABLE}")
        write(cursor, identity)
