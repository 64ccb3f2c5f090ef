"""Asks Prometheus what it reads: every worker once, the broker once for each job, and all of it is
there. Waits a minute for the first samples."""

import json
import sys
import time
import urllib.request

EXPECTED = {"twofactor": 5, "rabbitmq": 1, "rabbitmq-queues": 1}

for _ in range(30):
    with urllib.request.urlopen("http://127.0.0.1:9090/api/v1/targets") as answer:
        targets = json.load(answer)["data"]["activeTargets"]
    found = {}
    for target in targets:
        found.setdefault(target["labels"]["job"], []).append(target["scrapeUrl"])
    counts = {job: len(urls) for job, urls in found.items()}
    once = all(len(set(urls)) == len(urls) for urls in found.values())
    if counts == EXPECTED and once and all(target["health"] == "up" for target in targets):
        sys.exit(0)
    time.sleep(2)
print(counts, [(target["scrapeUrl"], target["health"]) for target in targets])
sys.exit(1)
