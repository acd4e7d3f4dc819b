"""What commands will not do, in one sentence, before anything is done."""

from .two_servers import Project

BAD_NAMES = [
    "Acme",
    "a-b",
    "1st",
    'x"; drop database y',
    "shop_ro",
    "default",
    "a" * 31,
    "0template_1",
]


def test_names_are_refused_before_anything_is_done(project: Project) -> None:
    before = project.databases()
    for name in BAD_NAMES:
        said = project.refusal("create_tenant", name)
        assert repr(name) in said and "for example 'acme'" in said
    assert project.databases() == before


def test_nothing_is_done_to_a_database_of_somebody_else(project: Project) -> None:
    slug = project.slug
    project.server.sql(f"create database {slug}_foreign")
    try:
        assert "already" in project.refusal(
            "create_tenant", "foreign"
        ) or "exists" in project.refusal("create_tenant", "foreign")
        assert project.state("foreign") is None
        assert f"{slug}_foreign" in project.databases()
    finally:
        project.server.sql(f"drop database {slug}_foreign")
    point = (
        f"from {slug}.tenants.models import Tenant; "
        "Tenant.objects.create(name='victim', database='{}', state='ready')"
    )
    system = {"mysql": "mysql", "postgresql": "postgres"}[project.engine]
    project.manage("shell", "-v0", "-c", point.format(system))
    try:
        for words in (("drop_tenant", "victim", "--yes"), ("dump_tenant", "victim", "x.zip")):
            assert "not a database of this project's tenants" in project.refusal(*words)
        assert system in project.databases()
    finally:
        delete = (
            f"from {slug}.tenants.models import Tenant; Tenant.objects.get(name='victim').delete()"
        )
        project.manage("shell", "-v0", "-c", delete)
