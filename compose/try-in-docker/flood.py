"""Publishes 400 messages of 16 MB to a queue that nobody reads, as the CRM may, and says when the
broker made it wait. Ends with 1 where the broker was lost, or never made it wait."""

import sys

import pika

parameters = pika.URLParameters(
    open("/url").read().replace("@localhost:", "@rabbitmq:")
    + "?blocked_connection_timeout=10&heartbeat=0"
)
channel = pika.BlockingConnection(parameters).channel()
channel.confirm_delivery()
body = bytes(16_000_000)
for number in range(400):
    try:
        channel.basic_publish("crm.auth", "reset.flood", body)
    except pika.exceptions.ConnectionBlockedTimeout:
        print(f"waits after {number} messages")
        sys.exit(0)
print("took all without a wait")
sys.exit(1)
