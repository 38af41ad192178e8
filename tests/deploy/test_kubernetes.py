"""The manifests for Kubernetes say what the table of processes says, and ask for no privilege."""

from typing import Any

import pytest
import yaml

from statuspage.config.env import Settings
from statuspage.config.options import OPTIONS
from statuspage.discovery.kubernetes_api import RESOURCES
from statuspage.runtime.supervisor.process_table import BY_NAME, PROCESSES, Process
from tests.deploy import DEPLOY

ALL: list[dict[str, Any]] = list(
    yaml.safe_load_all((DEPLOY / "kubernetes" / "statuspage.yaml").read_text("utf-8"))
)
BY_KIND = {(each["kind"], each["metadata"]["name"]): each for each in ALL}
PODS = {
    each["metadata"]["name"].removeprefix("statuspage-"): each["spec"]["template"]
    for each in ALL
    if each["kind"] in ("Deployment", "Job")
}
PORTS = {
    "http": "STATUSPAGE_PORT",
    "management": "STATUSPAGE_MANAGEMENT_PORT",
}


def container_of(name: str) -> dict[str, Any]:
    (container,) = PODS[name]["spec"]["containers"]
    return dict(container)


def test_each_process_is_a_deployment_and_the_store_is_set_up_before() -> None:
    assert set(PODS) == {"setup", *BY_NAME}
    assert len(BY_KIND) == len(ALL)
    assert container_of("setup")["args"] == ["python", "manage.py", "setup"]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_deployment_says_what_the_table_says(process: Process) -> None:
    container, pod = container_of(process.name), PODS[process.name]["spec"]

    assert container["args"] == ["python", "manage.py", *process.arguments]
    assert container["resources"]["limits"]["memory"] == f"{process.memory_mib}Mi"
    # What a pod waits before it is told counts as well.
    pause = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [0, 0])
    grace = pod["terminationGracePeriodSeconds"]
    assert grace >= process.stop_seconds + int(pause[1])
    spec = BY_KIND["Deployment", f"statuspage-{process.name}"]["spec"]
    budget = BY_KIND["PodDisruptionBudget", f"statuspage-{process.name}"]["spec"]
    assert spec["replicas"] > budget["minAvailable"] >= 1
    labels = PODS[process.name]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"] == labels == budget["selector"]["matchLabels"]


def test_web_is_asked_for_its_page_where_it_listens() -> None:
    web = container_of("web")
    defaults = {option.name: int(option.default) for option in OPTIONS
                if option.name in PORTS.values()}  # fmt: skip

    assert set(PORTS.values()) <= set(BY_NAME["web"].ports)
    assert {each["name"]: each["containerPort"] for each in web["ports"]} == {
        name: defaults[option] for name, option in PORTS.items()
    }
    asked = {kind: web[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")}
    assert {kind: each["path"] for kind, each in asked.items()} == {
        "startup": "/livez", "readiness": "/healthz", "liveness": "/livez"
    }  # fmt: skip
    assert {each["port"] for each in asked.values()} == {"management"}
    service = BY_KIND["Service", "statuspage"]["spec"]
    assert service["selector"] == PODS["web"]["metadata"]["labels"]
    # The management listener tells about the inside: nothing leads there from without.
    assert [each["targetPort"] for each in service["ports"]] == ["http"]


@pytest.mark.parametrize("name", PODS)
def test_a_pod_may_do_no_more_than_it_must_s20(name: str) -> None:
    pod, container = PODS[name]["spec"], container_of(name)

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001  # as the image has it
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    assert set(mounts) == {"/data", "/page", "/tmp"}
    assert set(mounts.values()) == {each["name"] for each in pod["volumes"]}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)


def test_what_is_configured_are_settings_and_the_same_for_all() -> None:
    given = {
        **BY_KIND["ConfigMap", "statuspage"]["data"],
        **BY_KIND["Secret", "statuspage"]["stringData"],
    }
    keys = "A" * 43 + "="

    read = Settings({**given, "STATUSPAGE_DATA_DIR": "/data", "STATUSPAGE_SECRET_KEYS": keys})

    assert (read.site_url, read.num_proxies) == ("https://status.example.com", 1)
    assert read.database_password == "change-me"
    # Two machines with keys of their own refuse to start.
    assert read.secret_key
    for name in PODS:
        sources = [next(iter(each.values()))["name"] for each in container_of(name)["envFrom"]]
        assert sources == ["statuspage", "statuspage"]


def test_discovery_may_list_and_watch_and_nothing_else_s20() -> None:
    file = DEPLOY / "kubernetes" / "discovery.yaml"
    kinds = {each["kind"]: each for each in yaml.safe_load_all(file.read_text("utf-8"))}
    role, binding, account = (
        kinds[kind] for kind in ("ClusterRole", "ClusterRoleBinding", "ServiceAccount")
    )

    allowed = {(group, plural): rule["verbs"] for rule in role["rules"]
               for group in rule["apiGroups"] for plural in rule["resources"]}  # fmt: skip
    identity = allowed.pop(("", "namespaces"))
    assert (identity, role["rules"][1]["resourceNames"]) == (["get"], ["kube-system"])
    assert allowed == {
        (each.prefix.split("/")[-2] if each.prefix.startswith("/apis/") else "", each.plural):
        ["list", "watch"]
        for each in RESOURCES.values()
    }  # fmt: skip
    named = account["metadata"]["name"]
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert [each["name"] for each in binding["subjects"]] == [named]
    template = kinds["Deployment"]["spec"]["template"]
    assert kinds["Deployment"]["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"]
    pod, beat = template["spec"], PODS["beat"]["spec"]
    (container,) = pod["containers"]
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == (named, True)
    assert account["automountServiceAccountToken"] is False  # of nobody else who uses it
    assert container["args"] == ["python", "manage.py", "discover", "kubernetes"]
    # In all else it is a role as the others are.
    for name in ("securityContext", "volumes", "enableServiceLinks"):
        assert pod[name] == beat[name]
    for name in ("image", "envFrom", "env", "securityContext", "volumeMounts"):
        assert container[name] == container_of("beat")[name]
