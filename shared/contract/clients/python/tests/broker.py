"""Just enough of an AMQP broker to say what a real one says only in trouble.

It declines, returns, closes, is silent or answers twice when a test wants that. It speaks through
pika's own codec. The ten scenarios run against a real broker.
"""

import contextlib
import json
import socketserver
import threading

from pika import frame, spec


def outcome(request, type="login.accepted.v1", **data):
    """The message of an outcome of `request`, without members of its own unless given."""
    ids = {name: request["data"][name] for name in ("tenant_id", "user_id", "session_id")}
    return {
        "specversion": "1.0", "id": f"o-{request['id']}", "source": "/twofactor/login",
        "type": type, "time": "2026-11-24T10:00:00.213509Z", "datacontenttype": "application/json",
        "causationid": request["id"], "data": {**ids, **(data or {"via": "totp"})},
    }


class Broker(contextlib.AbstractContextManager):
    """A broker on a free port of loopback, which asks `then(message, session)` what to do."""

    def __init__(self, then, port=0):
        self.then = then
        self.connections = []
        self.messages = []  # Each body, as bytes, with its properties and its `mandatory`.
        self.refuses = None  # The code with which connections are refused.
        broker = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                session = Session(self.request, broker)
                broker.connections.append(session)
                with contextlib.suppress(OSError):
                    session.serve()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"amqp://crm:hush-hush@127.0.0.1:{self.port}/%2F"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        for session in self.connections:
            session.drop()


class Session:
    """One connection of a client."""

    def __init__(self, socket, broker):
        self.socket, self.broker, self.published, self.consumer = socket, broker, 0, None
        self.said = []  # The methods that the client sent, by name.
        self.lock = threading.Lock()

    def send(self, method, channel=1, properties=None, body=None):
        sent = frame.Method(channel, method).marshal()
        if body is not None:
            sent += frame.Header(channel, len(body), properties).marshal()
            sent += frame.Body(channel, body).marshal()
        with self.lock, contextlib.suppress(OSError):
            self.socket.sendall(sent)

    def drop(self):
        """Ends the connection without a word."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(2)

    def answer(self, correlation_id, body):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        properties = spec.BasicProperties(correlation_id=correlation_id)
        self.send(spec.Basic.Deliver(self.consumer, 1, False, "", "replies"), 1, properties, body)

    def confirm(self, multiple=False):
        self.send(spec.Basic.Ack(self.published, multiple))

    def decline(self, multiple=False):
        self.send(spec.Basic.Nack(self.published, multiple, False))

    def give_back(self, properties, body):
        self.send(spec.Basic.Return(312, "NO_ROUTE", "crm.auth", "x"), 1, properties, body)
        self.confirm()

    def close_channel(self, code, text):
        self.send(spec.Channel.Close(code, text, 60, 40))

    def frames(self):
        buffered = b""
        while received := self.socket.recv(65536):
            buffered += received
            while True:
                consumed, found = frame.decode_frame(buffered)
                if found is None:
                    break
                buffered = buffered[consumed:]
                yield found

    def serve(self):
        publish = properties = None
        for found in self.frames():
            if isinstance(found, frame.ProtocolHeader):
                self.send(spec.Connection.Start(0, 9, {"capabilities": {
                    "publisher_confirms": True, "basic.nack": True,
                    "authentication_failure_close": True}}, "PLAIN", "en_US"), 0)
            elif isinstance(found, frame.Header):
                properties = found.properties
            elif isinstance(found, frame.Body):
                self.published += 1
                self.broker.messages.append((found.fragment, properties, publish))
                self.broker.then(Message(found.fragment, properties), self)
            elif isinstance(found, frame.Method):
                publish = found.method
                if self.obey(found.method, found.channel_number) is False:
                    return

    def obey(self, method, channel):
        answers = {
            "Connection.StartOk": lambda: spec.Connection.Tune(2047, 131072, 60),
            "Connection.Open": lambda: spec.Connection.OpenOk(),
            "Connection.Close": lambda: spec.Connection.CloseOk(),
            "Channel.Open": lambda: spec.Channel.OpenOk(),
            "Channel.Close": lambda: spec.Channel.CloseOk(),
            "Confirm.Select": lambda: None if method.nowait else spec.Confirm.SelectOk(),
            "Basic.Consume": lambda: spec.Basic.ConsumeOk(method.consumer_tag),
        }
        self.said.append(method.NAME)
        self.consumer = getattr(method, "consumer_tag", self.consumer)
        refused = {403: "Connection.StartOk", 530: "Connection.Open"}.get(self.broker.refuses)
        if refused == method.NAME:
            self.send(spec.Connection.Close(self.broker.refuses, "REFUSED", 0, 0), 0)
        elif method.NAME in answers and (reply := answers[method.NAME]()) is not None:
            self.send(reply, channel)
        return method.NAME not in ("Connection.Close", "Connection.CloseOk")


class Message:
    """An event as it came."""

    def __init__(self, body, properties):
        self.body, self.properties = body, properties
        self.json = json.loads(body)
        self.id = properties.correlation_id
