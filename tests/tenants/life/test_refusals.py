"""What commands will not do, in one sentence, before anything is done."""

from pathlib import Path

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
        "from manydb.tenants.models import Tenant; "
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
            "from manydb.tenants.models import Tenant; Tenant.objects.get(name='victim').delete()"
        )
        project.manage("shell", "-v0", "-c", delete)


def test_what_can_not_be_done_is_one_sentence(
    project: Project, tenant: str, tmp_path: Path
) -> None:
    dump = str(tmp_path / "initech.zip")
    project.manage("dump_tenant", tenant, dump)
    for words, said in {
        f"create_tenant {tenant}": "There is a tenant 'initech' already. Choose another name.",
        "create_tenant hooli --server mars": "There is no server 'mars': TENANT_SERVERS has eu",
        "suspend_tenant hooli": "There is no tenant 'hooli'. Run python manage.py list_tenants",
        "rename_tenant acme hooli --yes": "'acme' is listed in TENANTS and would be created again",
        f"rename_tenant {tenant} {tenant} --yes": "'initech' has that name already. Choose another one.",
        f"rename_tenant {tenant} hooli": "There is no terminal to ask on. Add --yes",
        f"move_tenant {tenant} --to default": "'initech' is on default already.",
        f"move_tenant {tenant} --back --yes": "No previous database is kept for 'initech'",
        f"dump_tenant {tenant} {tmp_path}/none/x.zip": f"There is no folder {tmp_path}/none",
        f"restore_tenant {dump} --name {tenant}": "already. --name gives the new tenant another name, --replace replaces",
        f"restore_tenant {dump} --name {tenant} --replace --server eu": "--server goes with a new tenant",
    }.items():
        assert said in project.refusal(*words.split()), words
    done = project.manage("move_tenant", tenant, "--to", "eu", "--wait", "-1", check=False)
    assert done.stderr.endswith("error: argument --wait: invalid seconds value: '-1'\n")
    assert project.state(tenant)["state"] == "ready"


def test_a_kept_database_is_listed_with_what_to_do_with_it(project: Project, tenant: str) -> None:
    project.manage("move_tenant", tenant, "--to", "eu")
    kept = f"{project.slug}_initech on default is kept."
    step = "Run move_tenant initech --back to return to it, or --drop-kept to drop it."
    said = f"initech: {kept} {step}\n"
    assert project.manage("list_tenants").stdout.endswith(said)
