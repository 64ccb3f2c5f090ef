"""Publishes messages of 16 MB to a queue that nobody reads, as the CRM may, over eight connections
and without asking for confirms, 400 at most, and says when the broker made it wait. Ends with 1 where
the broker was lost, or never made it wait."""

import sys
from multiprocessing import get_context

import pika

CONNECTIONS = 8
MESSAGES = 400
URL = open("/url").read().replace("@localhost:", "@rabbitmq:")


def publish(waits, sent):
    parameters = pika.URLParameters(URL + "?blocked_connection_timeout=10&heartbeat=0")
    connection = pika.BlockingConnection(parameters)
    connection.add_on_connection_blocked_callback(lambda *_: waits.set())
    channel = connection.channel()
    body = bytes(16_000_000)
    for _ in range(MESSAGES // CONNECTIONS):
        if waits.is_set():
            break
        channel.basic_publish("crm.auth", "reset.flood", body)
        connection.process_data_events(0)
        with sent.get_lock():
            sent.value += 1


processes = get_context("fork")
waits, sent = processes.Event(), processes.Value("i")
publishers = [
    processes.Process(target=publish, args=(waits, sent), daemon=True)
    for _ in range(CONNECTIONS)
]
for publisher in publishers:
    publisher.start()
for publisher in publishers:
    publisher.join(120)
print(f"{sent.value} messages sent,", "then told to wait" if waits.is_set() else "and no wait")
sys.exit(not waits.is_set())
