"""deploy/rds_proxy/: linted, and what a linter can't see. No proxy runs anywhere but at AWS."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ..deployed import lint
from ..pooling.presets import preset_of
from ..servers import MariaDB

ENGINES = ["mysql", "postgresql"]


class Tag(yaml.SafeLoader):
    """CloudFormation's tags, each as {tag: value}."""


def _construct(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {suffix: loader.construct_mapping(node, deep=True)}


Tag.add_multi_constructor("!", _construct)


@pytest.fixture(
    params=[(engine, auth) for engine in ENGINES for auth in ("password", "rds_iam")], ids="-".join
)
def proxy(request: pytest.FixtureRequest, rendered: Callable[..., Path]) -> tuple[str, str, Path]:
    engine, auth = request.param
    project = rendered(database_engine=engine, database_auth=auth, pooling="rds_proxy")
    return engine, auth, project / "deploy" / "rds_proxy" / "proxy.yaml"


def resources(path: Path) -> dict[str, Any]:
    return {
        name: resource["Properties"] | {"Condition": resource.get("Condition")}
        for name, resource in yaml.load(path.read_text(), Tag)["Resources"].items()
    }


def test_proxy_template_is_lint_clean(proxy):
    lint("cfn-lint", "--regions", "eu-west-1", "--", proxy[2])


def test_proxy_filters_no_pinning_and_sets_what_the_preset_leaves_out(proxy):
    """cfn-lint knows neither: any filter passes it, on either engine."""
    engine, _, path = proxy
    pool = resources(path)["Targets"]["ConnectionPoolConfigurationInfo"]
    assert "SessionPinningFilters" not in pool
    if engine == "mysql":
        isolation, deadlines = pool["InitQuery"].split("; ")
        assert isolation == "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
        assert "lock_wait_timeout = 5" in deadlines
    else:
        assert "InitQuery" not in pool
    assert 0 < pool["ConnectionBorrowTimeout"] <= 30  # 0 is never
    assert pool["MaxConnectionsPercent"] <= 70  # AWS: keep 30 % for the rest


def test_init_query_leaves_the_isolation_level_that_django_expects(rendered, mariadb: MariaDB):
    project = rendered(database_engine="mysql", pooling="rds_proxy")
    targets = resources(project / "deploy" / "rds_proxy" / "proxy.yaml")["Targets"]
    query = targets["ConnectionPoolConfigurationInfo"]["InitQuery"]
    level = "show variables where variable_name in ('transaction_isolation', 'tx_isolation')"
    assert "READ-COMMITTED" not in mariadb.sql(level)
    assert "READ-COMMITTED" in mariadb.sql(f"{query}; {level}")


def test_proxy_outlasts_the_connections_that_the_preset_keeps(proxy, monkeypatch):
    monkeypatch.setenv("PGTZ", "to be set back by monkeypatch")
    pooling = preset_of(proxy[0], "rds_proxy")
    server = resources(proxy[2])["Proxy"]
    assert server["IdleClientTimeout"] > pooling.CONN_MAX_AGE
    listening = resources(proxy[2])["ProxySecurityGroup"]["SecurityGroupIngress"][0]
    assert listening["FromPort"] == listening["ToPort"] == pooling.PORT


def test_proxy_asks_for_tls_and_for_the_login_that_was_chosen(proxy):
    engine, auth, path = proxy
    server = resources(path)["Proxy"]
    assert server["RequireTLS"] is True
    assert server["EngineFamily"] == engine.upper()
    assert server["Auth"][0]["IAMAuth"] == {"If": ["UsesIam", "REQUIRED", "DISABLED"]}
    parameters = yaml.load(path.read_text(), Tag)["Parameters"]
    assert parameters["ClientAuthentication"]["Default"] == auth


def test_reader_endpoint_is_for_clusters_only_and_the_template_says_so(proxy):
    text = proxy[2].read_text()
    loaded = yaml.load(text, Tag)
    assert resources(proxy[2])["Reader"]["TargetRole"] == "READ_ONLY"
    assert resources(proxy[2])["Reader"]["Condition"] == "HasReader"
    assert {"Condition": "IsCluster"} in loaded["Conditions"]["HasReader"]["And"]
    assert "only Aurora clusters and Multi-AZ DB clusters" in text
    rule = loaded["Rules"]["ReadersNeedACluster"]["Assertions"][0]["AssertDescription"]
    assert (
        rule
        == "Only Aurora and Multi-AZ DB clusters have reader endpoints. Give ClusterIdentifier."
    )


def test_roles_may_no_more_than_they_need_and_no_password_is_there(proxy):
    text = proxy[2].read_text()
    found = resources(proxy[2])
    allowed = found["ProxyRole"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert [(s["Action"], s["Resource"]) for s in allowed] == [
        ("secretsmanager:GetSecretValue", {"Ref": "SecretArn"}),
        ("kms:Decrypt", {"Ref": "SecretKeyArn"}),
    ]
    connect = found["ConnectPolicy"]["PolicyDocument"]["Statement"]
    assert [s["Action"] for s in connect] == ["rds-db:connect"]
    assert "dbuser:${ProxyId}/${DatabaseUser}" in connect[0]["Resource"]["Sub"][0]
    assert not re.search(r"^\s*(Master|User)?Password", text, re.MULTILINE)
    assert "resolve:" not in text and "*" not in text.replace("...", "")
