"""Checks the Helm chart without a cluster.

For every value set in helm/cloakroom/ci: lints strictly, renders, validates each object against the
schemas of the oldest and the newest Kubernetes we speak of, and asserts what must hold of every
installation. Then: what must be refused is refused, and every value has a comment and a schema.

Needs the packages of scripts/requirements.txt; run it by scripts/helm-check. Exit code 1 and one line
per fault when something is wrong.
"""

import copy
import re
import sys
from pathlib import Path

import helm_python as helm
import kubernetes_validate
import yaml

CHART = Path("helm/cloakroom")
# Chart.yaml says 1.30; the package brings schemas up to 1.37.
KUBERNETES = ["1.30", "1.37"]
# Objects of operators, not of Kubernetes.
FOREIGN = {"ServiceMonitor"}

faults = []


def expect(condition, message):
    if not condition:
        faults.append(message)


def render(chart, values):
    """Renders, and gives the objects by kind and name, and the notes."""
    files = chart.render(values, name="gate", namespace="web")
    objects = {}
    notes = ""
    for path, text in files.items():
        if path.endswith("NOTES.txt"):
            notes = text
            continue
        for document in yaml.safe_load_all(text):
            if document is not None:
                objects[(document["kind"], document["metadata"]["name"])] = document
    return objects, notes


def of_kind(objects, kind):
    return [body for (k, _), body in objects.items() if k == kind]


def validate(name, objects):
    for (kind, object_name), body in objects.items():
        if kind in FOREIGN:
            continue
        for version in KUBERNETES:
            try:
                kubernetes_validate.validate(copy.deepcopy(body), version, strict=True)
            except kubernetes_validate.ValidationError as error:
                where = ".".join(str(step) for step in error.path)
                faults.append(f"{name}: {kind}/{object_name} ({version}): {where}: {error.message}")


def check_workload(name, values, objects):
    workloads = of_kind(objects, "StatefulSet")
    expect(len(workloads) == 1, f"{name}: one StatefulSet expected")
    spec = workloads[0]["spec"]
    pod = spec["template"]["spec"]
    container = pod["containers"][0]

    # The journal of each pod is named after its host, and that is the pod's name unless one of these
    # is set.
    for other in ("hostNetwork", "hostname", "setHostnameAsFQDN"):
        expect(other not in pod, f"{name}: {other}: journals would not be named after their pods")

    expect(container["args"][:2] == ["serve", "--config"], f"{name}: runs something else than serve")
    probes = {
        "startupProbe": "/livez",
        "livenessProbe": "/livez",
        "readinessProbe": "/readyz",
    }
    for probe, path in probes.items():
        got = container[probe]["httpGet"]
        expect(got == {"path": path, "port": "admin"}, f"{name}: {probe} asks {got}")

    security = container["securityContext"]
    expect(security["readOnlyRootFilesystem"] is True, f"{name}: root file system is writable")
    expect(security["allowPrivilegeEscalation"] is False, f"{name}: privileges can grow")
    expect(security["capabilities"] == {"drop": ["ALL"]}, f"{name}: capabilities are left")
    of_pod = pod["securityContext"]
    expect(of_pod["runAsNonRoot"] is True and of_pod["runAsUser"] > 0, f"{name}: may run as root")
    expect(of_pod["seccompProfile"] == {"type": "RuntimeDefault"}, f"{name}: no seccomp profile")
    expect(pod["automountServiceAccountToken"] is False, f"{name}: the pod gets an API token")
    account = of_kind(objects, "ServiceAccount")[0]
    expect(account["automountServiceAccountToken"] is False, f"{name}: the account gives a token")
    expect("memory" in container["resources"]["limits"], f"{name}: memory has no limit")

    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    claims = {claim["metadata"]["name"]: claim for claim in spec.get("volumeClaimTemplates", [])}
    for mount in container["volumeMounts"]:
        expect("subPath" not in mount, f"{name}: {mount['name']} would not see changes (subPath)")
        known = mount["name"] in volumes or mount["name"] in claims
        expect(known, f"{name}: volume {mount['name']} is mounted but not there")
        writable = not mount.get("readOnly", False)
        expect(
            writable == (mount["name"] in {"vault", "audit"}),
            f"{name}: {mount['name']} should{' not' if writable else ''} be writable",
        )
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    expect(mounted == set(volumes) | set(claims), f"{name}: a volume is not mounted")

    sleep = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    drain = values.get("shutdown", {}).get("drainSeconds", 25)
    expect(pod["terminationGracePeriodSeconds"] > sleep + drain, f"{name}: killed while draining")

    selector = spec["selector"]["matchLabels"].items()
    expect(selector <= spec["template"]["metadata"]["labels"].items(), f"{name}: selects other pods")
    for service in of_kind(objects, "Service"):
        got = service["spec"]["selector"].items()
        expect(got == selector, f"{name}: Service {service['metadata']['name']} selects other pods")
    governing = ("Service", spec.get("serviceName"))
    expect(governing in objects, f"{name}: governing Service {governing[1]} is not there")
    return container, volumes, claims


def check_config(name, values, objects, container, volumes):
    body = of_kind(objects, "ConfigMap")
    text = next(b["data"]["cloakroom.yaml"] for b in body if "cloakroom.yaml" in b["data"])
    config = yaml.safe_load(text)
    known = {"listen", "admin", "upstreams", "rules", "vault", "keys", "audit", "identity", "limits"}
    expect(set(config) <= known, f"{name}: configuration has unknown keys: {set(config) - known}")
    expect(config["upstreams"] == values["upstreams"], f"{name}: upstreams got lost")
    expect("origin" not in config["audit"], f"{name}: all pods sign their journals in one name")
    for limit, value in values.get("limits", {}).items():
        expect(config["limits"][limit] == value, f"{name}: limit {limit} got lost")
    drain = values.get("shutdown", {}).get("drainSeconds", 25)
    expect(config["limits"]["timeouts"]["drain"] == f"{drain}s", f"{name}: drain differs")

    # Every path of the configuration lies in a folder that is mounted.
    folders = [mount["mountPath"] for mount in container["volumeMounts"]]
    paths = re.findall(r"/(?:etc/cloakroom|data)/[^\s\"',}]+", text)
    expect(len(paths) >= 4, f"{name}: configuration names too few files")
    for path in paths:
        inside = any(path == folder or path.startswith(folder + "/") for folder in folders)
        expect(inside, f"{name}: {path} is in the configuration but not mounted")

    address = config["listen"] if isinstance(config["listen"], str) else config["listen"]["address"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    expect(address.endswith(f":{ports['data']}"), f"{name}: listens on {address}")
    expect(config["admin"]["listen"].endswith(f":{ports['admin']}"), f"{name}: admin port differs")
    governing = [o for kind, o in objects if kind == "Service" and o.endswith("-admin")]
    expect(set(governing) <= set(config["admin"]["hosts"]), f"{name}: admin port is asked by no name")

    maps = {b["metadata"]["name"] for b in body}
    own_rules = values["rules"].get("files")
    rules = volumes["rules"]["configMap"]["name"]
    expect((rules in maps) == bool(own_rules), f"{name}: rules ConfigMap {rules}")
    if own_rules:
        got = next(b["data"] for b in body if b["metadata"]["name"] == rules)
        expect(got == own_rules, f"{name}: rule files changed on the way")


def check_set(chart, path):
    name = path.stem
    values = yaml.safe_load(path.read_text())
    report = helm.lint(str(CHART), values, strict=True, kube_version="v1.30.0")
    for message in report["messages"]:
        # 1 is a remark, such as a missing icon.
        expect(message["severity"] < 2, f"{name}: lint: {message['path']}: {message['error']}")
    expect(not report["errors"], f"{name}: lint: {report['errors']}")

    objects, notes = render(chart, values)
    validate(name, objects)
    container, volumes, claims = check_workload(name, values, objects)
    check_config(name, values, objects, container, volumes)
    return objects, notes, volumes, claims


def check_sets(chart):
    seen = {path.stem: check_set(chart, path) for path in sorted((CHART / "ci").glob("*.yaml"))}

    objects, notes, _, claims = seen["embedded"]
    expect(set(claims) == {"vault", "audit"}, "embedded: vault and journal need volumes")
    expect(not of_kind(objects, "PodDisruptionBudget"), "embedded: a budget would block node drains")
    expect("WARNING" not in notes, "embedded: the notes warn for nothing")

    objects, notes, _, claims = seen["redis"]
    expect(set(claims) == {"audit"}, "redis: only the journal needs a volume")
    for kind in ["HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "ServiceMonitor"]:
        expect(len(of_kind(objects, kind)) == 1, f"redis: no {kind}")
    for kind in ["HorizontalPodAutoscaler"]:
        target = of_kind(objects, kind)[0]["spec"]["scaleTargetRef"]
        expect((target["kind"], target["name"]) in objects, f"redis: {kind} scales nothing")
    expect("replicas" not in of_kind(objects, "StatefulSet")[0]["spec"], "redis: replicas fight the HPA")
    expect(not of_kind(objects, "Secret"), "redis: the chart makes a Secret")

    _, notes, volumes, claims = seen["trial"]
    expect(not claims and "emptyDir" in volumes["vault"], "trial: asks for volumes")
    expect(notes.count("WARNING") == 2, "trial: the notes do not warn of lost data")


def check_refusals(chart):
    """What must not install, and the words of the message."""
    base = yaml.safe_load((CHART / "ci" / "embedded.yaml").read_text())

    def change(**parts):
        return {**copy.deepcopy(base), **parts}

    refused = {
        "nothing set": ({}, "upstreams"),
        "no keyring": (change(keyring={}), "keyring.existingSecret"),
        "no rules": (change(rules={}), "rules"),
        "two writers": (change(replicas=2), "vault.type=redis"),
        "autoscaled writer": (change(autoscaling={"enabled": True}), "vault.type=redis"),
        "redis nowhere": (change(vault={"type": "redis"}), "vault.redis.url"),
        "killed while draining": (
            change(shutdown={"terminationGracePeriodSeconds": 30}),
            "terminationGracePeriodSeconds",
        ),
        "two drain times": (change(limits={"timeouts": {"drain": "60s"}}), "drainSeconds"),
        "misspelt key": (change(replcas=2), "replcas"),
        "password in a ConfigMap": (
            change(vault={"type": "redis", "redis": {"url": "redis://u:secret@r:6379"}}),
            "url",
        ),
        "rule file of an unknown kind": (change(rules={"files": {"a.txt": ""}}), "a.txt"),
    }
    for name, (values, words) in refused.items():
        try:
            chart.validate_schema(values)
            chart.render(values, name="gate", namespace="web")
        except helm.HelmError as error:
            expect(words in str(error), f"refused, but unclear ({name}): {error}")
        else:
            faults.append(f"not refused: {name}")


def check_comments():
    """Each value has a comment above it, and a place in the schema."""
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    lines = (CHART / "values.yaml").read_text().splitlines()
    path = []
    for number, line in enumerate(lines, 1):
        found = re.match(r"^( *)([A-Za-z][A-Za-z0-9]*):(.*)$", line)
        if not found:
            continue
        depth = len(found[1]) // 2
        path = path[:depth] + [found[2]]
        place = schema
        for key in path:
            place = place.get("properties", {}).get(key) if place else None
        free = path[0] in {"resources"} and len(path) > 1
        expect(place is not None or free, f"values.yaml:{number}: {'.'.join(path)} has no schema")
        is_leaf = found[3].strip() != ""
        above = number > 1 and lines[number - 2].lstrip().startswith("#")
        expect(not is_leaf or above or free, f"values.yaml:{number}: {'.'.join(path)} has no comment")


def main():
    with helm.Chart.load(str(CHART)) as chart:
        check_sets(chart)
        check_refusals(chart)
    check_comments()
    for fault in faults:
        print(f"helm-check: {fault}", file=sys.stderr)
    if not faults:
        print(f"helm-check: fine (Helm {helm.helm_sdk_version()}, Kubernetes {', '.join(KUBERNETES)})")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
