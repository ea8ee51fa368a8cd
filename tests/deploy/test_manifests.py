"""Kubernetes would accept the manifests, and they agree with each other, with the image and with the service."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from service import __version__
from service.api import health
from service.catalogue.loader import check_catalogue
from service.cli.app import app
from service.cli.commands.serve import GRACEFUL_SECONDS
from service.fulfil.deliverer import CLOSE_WITHIN_SECONDS
from service.record.database.engine import parse_url
from service.settings import Settings, read_settings
from tests.support.bundles import ROOT
from tests.support.deployment import BASE, DEPLOY, EXAMPLE, Manifest, Pod, documents, listed, manifests, pods

KUBERNETES = "1.37"
NO_MANIFEST = {"kustomization.yaml", "secret.example.yaml"}
SERVER = {"app.kubernetes.io/name": "errand", "app.kubernetes.io/component": "server"}
COMMIT_SECONDS = 10
"""For the last commits of a service that stops; the recorder answers or refuses within them."""

RESOURCES = manifests(EXAMPLE)
(CATALOGUE_PATCH,) = documents(EXAMPLE / "catalogue.patch.yaml")
PODS = list(pods(RESOURCES))
CONTAINERS = {
    **{f"{pod.name}: {container['name']}": container for pod in PODS for container in pod.containers},
    **{f"patch: {each['name']}": each for each in CATALOGUE_PATCH["spec"]["template"]["spec"]["initContainers"]},
}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

Validate = Callable[[Manifest], None]


@pytest.fixture(scope="session")
def validate() -> Validate:
    """Raises for what Kubernetes does not know."""
    reason = "kubernetes-validate is not installed: make setup-dev"
    kubernetes_validate = pytest.importorskip("kubernetes_validate", reason=reason)

    def strictly(manifest: Manifest) -> None:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)

    return strictly


@pytest.fixture(scope="session")
def rendered() -> list[Manifest]:
    """The example as kustomize puts it together."""
    kubectl = shutil.which("kubectl")
    if kubectl is None or "kustomizeVersion" not in _said(kubectl, "version", "--client", "--output=json"):
        pytest.skip("kubectl 1.24 or newer is not installed, so nothing here can render a kustomization")
    return list(yaml.safe_load_all(_said(kubectl, "kustomize", str(EXAMPLE))))


@pytest.fixture
def server() -> Pod:
    return next(pod for pod in PODS if pod.name == "errand")


def in_container(pod: Pod, name: str) -> Manifest:
    return next(container for container in pod.containers if container["name"] == name)


def config(name: str = "errand") -> dict[str, str]:
    data: dict[str, str] = RESOURCES["ConfigMap", name]["data"]
    return data


def of_image(pattern: str) -> str:
    """What an instruction of the Dockerfile says; the last one counts."""
    return str(re.findall(pattern, DOCKERFILE, re.MULTILINE)[-1])


@pytest.mark.parametrize("file", [*listed(EXAMPLE), BASE / "secret.example.yaml"], ids=lambda file: file.name)
def test_a_manifest_is_one_that_kubernetes_knows(file: Path, validate: Validate) -> None:
    """Every field, by its exact name."""
    for document in documents(file):
        validate(document)


def test_the_example_renders_to_what_kubernetes_knows(rendered: list[Manifest], validate: Validate) -> None:
    """With its patches applied, its own image in every container, and the catalogue in a ConfigMap."""
    for manifest in rendered:
        validate(manifest)
    found = {(each["kind"], each["metadata"]["name"]): each for each in rendered}

    assert {each["metadata"]["namespace"] for each in rendered} == {"contact-centre"}
    assert {one["image"] for pod in pods(found) for one in pod.containers} == {f"registry.example/errand:{__version__}"}
    deployment = found["Deployment", "errand"]["spec"]
    volumes = {volume["name"]: volume for volume in deployment["template"]["spec"]["volumes"]}
    assert ("ConfigMap", volumes["catalogue"]["configMap"]["name"]) in found
    assert "replicas" not in deployment, "the autoscaler counts them"
    assert found["ConfigMap", "errand"]["data"].keys() >= {"ERRAND_CATALOGUE", "ERRAND_BUNDLE", *config()}


def test_every_file_is_brought_in() -> None:
    """A manifest that no kustomization names would never reach a cluster; the example of a secret must not."""
    in_folders = {path for folder in (BASE, EXAMPLE) for path in folder.glob("*.yaml")}
    patches = {path for path in in_folders if path.name.endswith(".patch.yaml")}
    (example,) = documents(EXAMPLE / "kustomization.yaml")

    assert {path.name for path in in_folders - patches - set(listed(EXAMPLE))} == NO_MANIFEST
    assert {EXAMPLE / patch["path"] for patch in example["patches"]} == patches
    assert not any(kind == "Secret" for kind, _ in RESOURCES)


@pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod.name)
def test_a_pod_has_no_more_rights_than_it_needs(pod: Pod) -> None:
    """It is the image's user, asks nothing of the cluster, and gets no variables but those that are named."""
    security = pod.spec["securityContext"]

    assert f"{security['runAsUser']}:{security['runAsGroup']}" == of_image(r"^USER (.+)$")
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod.spec["automountServiceAccountToken"] is False
    assert pod.spec["enableServiceLinks"] is False, "ERRAND_PORT=tcp://… of the Service would be taken for the setting"
    assert ("ServiceAccount", pod.spec["serviceAccountName"]) in RESOURCES
    assert not pod.spec.keys() & {"hostNetwork", "hostPID", "hostIPC"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_can_change_nothing_but_its_volumes(name: str) -> None:
    """And says what it takes of a node."""
    container = CONTAINERS[name]
    security, resources = container["securityContext"], container["resources"]

    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert "privileged" not in security
    assert resources["requests"].keys() >= {"cpu", "memory"}
    assert "memory" in resources["limits"]
    assert container["image"] == f"errand:{__version__}"


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_may_write_where_the_service_does(name: str) -> None:
    """Its home and the folder of temporary files, each an emptyDir with a bound."""
    mounts = {mount["mountPath"]: mount for mount in CONTAINERS[name]["volumeMounts"]}
    home = of_image(r"ERRAND_HOME=(\S+)")

    writable = {path for path, mount in mounts.items() if not mount.get("readOnly")}
    specs = [CATALOGUE_PATCH["spec"]["template"]["spec"], *(pod.spec for pod in PODS)]
    volumes = {volume["name"]: volume for spec in specs for volume in spec["volumes"]}

    assert writable == {home, "/tmp"}  # noqa: S108  (a place in the container)
    assert all("sizeLimit" in volumes[mounts[path]["name"]]["emptyDir"] for path in writable)


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_runs_a_command_that_there_is(name: str) -> None:
    """`errand …` as the command line has it, or what keeps the toolbox open."""
    container = CONTAINERS[name]
    if container["name"] == "toolbox":
        assert container["command"][0] == "sleep"
        return
    command: Any = typer.main.get_command(app)
    words = list(container["args"])
    while hasattr(command, "commands"):
        assert words[0] in command.commands, container["args"]
        command = command.commands[words.pop(0)]

    command.make_context(command.name, words)  # raises for an option that there is not


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_a_probe_asks_an_address_that_there_is(probe: str, server: Pod) -> None:
    """Of the service, on the port that it listens on, and with time for the answer."""
    container = in_container(server, "errand")
    asked = container[probe]["httpGet"]

    assert asked["path"] in {getattr(route, "path", None) for route in health.router.routes}
    assert asked["port"] in {port["name"] for port in container["ports"]}
    assert container[probe]["timeoutSeconds"] > health.DATABASE_SECONDS


def test_only_readiness_asks_the_database(server: Pod) -> None:
    """A database that is away must not have pods restarted."""
    container = in_container(server, "errand")

    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["startupProbe"]["httpGet"]["path"] == "/healthz"


def test_the_ports_agree(server: Pod) -> None:
    """Of settings, container, Service, Ingress, network policy, Prometheus and image."""
    (port,) = in_container(server, "errand")["ports"]
    (service_port,) = RESOURCES["Service", "errand"]["spec"]["ports"]
    (ingress,) = RESOURCES["NetworkPolicy", "errand"]["spec"]["ingress"]
    backends = [path["backend"] for path in RESOURCES["Ingress", "errand"]["spec"]["rules"][0]["http"]["paths"]]

    assert {
        int(config()["ERRAND_PORT"]),
        port["containerPort"],
        *(each["port"] for each in ingress["ports"]),
        int(of_image(r"^EXPOSE (\d+)$")),
        int(of_image(r"ERRAND_PORT=(\d+)")),
    } == {port["containerPort"]}
    assert service_port["targetPort"] == port["name"]
    assert backends
    for backend in backends:
        assert backend["service"] == {"name": "errand", "port": {"name": service_port["name"]}}


def test_selectors_find_servers_alone() -> None:
    """No contact is sent to a migration, and no migration counts as a server that is available."""
    deployment = RESOURCES["Deployment", "errand"]["spec"]
    spread = [each["labelSelector"] for each in deployment["template"]["spec"]["topologySpreadConstraints"]]
    selectors = [
        deployment["selector"]["matchLabels"],
        RESOURCES["Service", "errand"]["spec"]["selector"],
        RESOURCES["PodDisruptionBudget", "errand"]["spec"]["selector"]["matchLabels"],
        *(each["matchLabels"] for each in spread),
    ]

    for selector in selectors:
        assert [pod.name for pod in PODS if selector.items() <= pod.labels.items()] == ["errand"]
    policy = RESOURCES["NetworkPolicy", "errand"]["spec"]["podSelector"]["matchLabels"]
    assert all(policy.items() <= pod.labels.items() for pod in PODS), "whatever runs, the policy holds"
    target = RESOURCES["HorizontalPodAutoscaler", "errand"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) in RESOURCES


def test_everything_but_the_servers_can_be_applied_first() -> None:
    """By the label that deploy/README.md names: servers start on a database that is migrated and has keys."""
    first = {
        kind
        for (kind, _), manifest in RESOURCES.items()
        if manifest["metadata"]["labels"].get("app.kubernetes.io/component") != "server"
    }

    assert first == {"ServiceAccount", "ConfigMap", "NetworkPolicy", "Job", "CronJob"}


def test_the_home_has_room_for_the_spool(server: Pod) -> None:
    """A pod that fills its volume is evicted, and its spool is lost with it."""
    volumes = {volume["name"]: volume for volume in server.spec["volumes"]}
    size = volumes["home"]["emptyDir"]["sizeLimit"]

    assert size.endswith("Gi")
    assert int(size.removesuffix("Gi")) * 1_024 > 2 * Settings.model_fields["spool_mb"].default


def test_a_rollout_takes_no_server_away() -> None:
    """A new one is ready before an old one goes, and a drained node takes one at a time."""
    deployment = RESOURCES["Deployment", "errand"]["spec"]

    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert RESOURCES["PodDisruptionBudget", "errand"]["spec"]["maxUnavailable"] == 1
    assert deployment["replicas"] == RESOURCES["HorizontalPodAutoscaler", "errand"]["spec"]["minReplicas"] >= 3
    assert config()["ERRAND_WORKERS"] == "1"


def test_a_server_has_time_to_finish(server: Pod) -> None:
    """Before it is killed: the pause, open requests, deliveries that were begun, the last commits."""
    pause = in_container(server, "errand")["lifecycle"]["preStop"]["sleep"]["seconds"]

    needed = pause + GRACEFUL_SECONDS + CLOSE_WITHIN_SECONDS + COMMIT_SECONDS
    assert server.spec["terminationGracePeriodSeconds"] >= needed


@pytest.mark.parametrize(
    "file",
    [ROOT / "Dockerfile", *sorted(path for path in DEPLOY.rglob("*") if path.is_file())],
    ids=lambda file: file.name,
)
def test_every_setting_that_is_named_exists(file: Path) -> None:
    """A mistyped one would be passed over in silence."""
    named = set(re.findall(r"\bERRAND_[A-Z_]+\b", file.read_text(encoding="utf-8")))

    assert named <= {f"ERRAND_{name.upper()}" for name in Settings.model_fields}
    assert "ERRAND_UNGUARDED" not in named or file.name == "Dockerfile", "there are keys"


def test_the_settings_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a pod gets them, with the Secret's placeholders."""
    (secret,) = documents(BASE / "secret.example.yaml")
    for name, value in {**config(), **secret["stringData"]}.items():
        monkeypatch.setenv(name, value)

    settings = read_settings()

    assert settings.host == config()["ERRAND_HOST"]
    assert parse_url(settings.database_url).get_backend_name() == "postgresql"
    assert all("PLACEHOLDER" in value for value in secret["stringData"].values())


def test_the_catalogue_of_the_example_can_be_used() -> None:
    """It is the first that a newcomer copies."""
    (kustomization,) = documents(EXAMPLE / "kustomization.yaml")
    named = {EXAMPLE / file for each in kustomization["configMapGenerator"] for file in each.get("files", ())}

    assert named == set((EXAMPLE / "catalogue").iterdir())
    report = check_catalogue(EXAMPLE / "catalogue")
    assert report.catalogue is not None, report.problems
    assert {problem.rule for problem in report.problems} <= {"few_examples"}, "an example stays short"


def test_the_image_can_be_stopped_and_asked() -> None:
    """Commands are run without a shell, so that signals reach the service."""
    for instruction in ("ENTRYPOINT", "CMD"):
        assert isinstance(json.loads(of_image(rf"^{instruction} (.+)$")), list)
    check: list[str] = json.loads(of_image(r"^HEALTHCHECK [^\[]+CMD (.+)$"))
    assert "/healthz" in check[-1]
    assert of_image(r"^STOPSIGNAL (.+)$") == "SIGTERM"
    assert of_image(r"^VOLUME (.+)$") == of_image(r"ERRAND_HOME=(\S+)")


def _said(*command: str) -> str:
    done: subprocess.CompletedProcess[Any] = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=60
    )
    return str(done.stdout)
