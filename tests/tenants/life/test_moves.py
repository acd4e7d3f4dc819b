"""Tenants that move to another server, and back."""

from .two_servers import Project


def test_a_move_and_the_way_back(project: Project, tenant: str) -> None:
    slug = project.slug
    project.register(tenant, "first")
    said = project.manage("move_tenant", tenant, "--to", "eu").stdout
    assert said == f"initech is in {slug}_initech on eu, {slug}_initech on default is kept\n"
    project.register(tenant, "second")
    assert project.registered(tenant) == {"first", "second"}
    assert f"{slug}_initech" in project.databases(project.eu)
    assert "--drop-kept" in project.refusal("move_tenant", tenant, "--to", "default")

    project.manage("move_tenant", tenant, "--back", "--yes")
    project.register(tenant, "third")
    assert project.registered(tenant) == {"first", "third"}  # the second is kept on the other one
    project.manage("move_tenant", tenant, "--drop-kept", "--yes")
    for server in (project.server, project.eu):
        here = [name for name in project.databases(server) if name.endswith("initech")]
        assert here == ([f"{slug}_initech"] if server is project.server else [])


def test_a_move_that_fails_leaves_the_tenant_where_it_was(project: Project, tenant: str) -> None:
    slug = project.slug
    project.eu.sql(f"create database {slug}_initech")
    if project.engine == "mysql":
        project.eu.sql("create table foreign_table (id int)", f"{slug}_initech")
    try:
        said = project.refusal("move_tenant", tenant, "--to", "eu")
        assert "is as it was" in said or "already" in said
        assert project.state(tenant)["state"] == "ready" and project.state(tenant)["kept"] == ""
        assert f"{slug}_initech" in project.databases(project.eu)  # somebody else's, and untouched
        project.register(tenant, "ada")
        assert project.registered(tenant) == {"ada"}
    finally:
        project.eu.sql(f"drop database {slug}_initech")


def test_views_move_too_and_it_is_said_if_they_keep_a_database_from_being_frozen(
    project: Project, tenant: str
) -> None:
    place = f"{project.slug}_{tenant}"
    view = "create view everybody as select email from conferences_registration"
    code = f"from django.db import connections as c; c['INITECH'].cursor().execute('{view}')"
    project.inside(tenant, code)
    project.register(tenant, "ada")
    said = project.manage("move_tenant", tenant, "--to", "eu").stderr
    assert ("can't be made read-only: it has views" in said) == (project.engine == "mysql")
    assert project.eu.sql("select * from everybody", place).strip() == "ada"
