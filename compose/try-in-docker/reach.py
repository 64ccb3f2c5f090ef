"""Opens a connection from every container to every port of every other, and compares who gets
through with the table in the README beside compose.yaml."""

import json
import re
import subprocess
import sys

PORTS = {
    "rabbitmq": [5671, 5672, 15692],
    "postgres": [5432],
    "prometheus": [9090],
    "grafana": [3000],
    "sms-sandbox": [8025, 8443],
}
# They have ended by the time that this runs, or run only when they are asked to.
SHORT = {"roles", "migrate", "ctl"}
CONNECT = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def answers(place):
    try:
        socket.create_connection(place[1:], timeout=2).close()
        return place[0]
    except OSError:
        return None
with ThreadPoolExecutor(64) as pool:
    print(json.dumps(sorted({name for name in pool.map(answers, json.loads(sys.argv[1])) if name})))
"""


def told():
    """Who reaches each part by the README."""
    lines = open("README.md").read().splitlines()
    start = lines.index("| part | who reaches it | over the network |") + 2
    reached, part = {}, None
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        cells = [re.findall(r"`([^`]*)`", cell) for cell in line.split("|")[1:-1]]
        part = cells[0][0] if cells[0] else part
        reached.setdefault(part, set()).update(set(cells[1]) - SHORT)
    return reached


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


containers = json.loads(run("docker", "inspect", *run("docker", "ps", "--quiet").split()))
name = lambda container: container["Config"]["Labels"]["com.docker.compose.service"]
places = [
    (name(container), network["IPAddress"], port)
    for container in containers
    for network in container["NetworkSettings"]["Networks"].values()
    for port in PORTS.get(name(container), [])
]
found = {part: set() for part in PORTS}
for container in containers:
    others = [place for place in places if place[0] != name(container)]
    pid = str(container["State"]["Pid"])
    answer = run("nsenter", "--target", pid, "--net", "python3", "-c", CONNECT, json.dumps(others))
    for part in json.loads(answer):
        found[part].add(name(container))

for part, reached in told().items():
    if found[part] != reached:
        print(f"{part} is reached by {sorted(found[part])}, not by {sorted(reached)}")
sys.exit(found != told())
