"""The client: one long-lived connection to the broker, shared by every thread of the process.

A thread of its own holds the connection and all that is pika's; callers hand it an event and wait.
This file knows how an event is sent, sent again and answered. It knows no event type: those are in
`types`, which is generated.
"""

import atexit
import json
import os
import random
import ssl
import threading
import uuid
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timezone
from functools import partial
from typing import Any, Callable

import pika

from .errors import AccessRefused, BadAnswer, ClientError, NoAnswer
from .types import Event, Outcome, from_message, to_data

_NO_QUEUE = " (no queue took it: are the workers running?)"
_TAKEN = " (the broker took it: are the workers running?)"


class _Asked:
    """An event that waits for its outcome, and what became of its last publication."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.type, self.id, self.body = message["type"], message["id"], json.dumps(message).encode()
        self.correlation_id = str(uuid.uuid4())  # Its own: an id that is given can wait twice.
        self.answer: Future[Outcome] = Future()
        self.tag, self.pause, self.trouble = 0, 0.1, ""  # A delivery tag, seconds, words.


def _words(error: BaseException) -> str:
    """Why there is no connection, and nothing of what came over it."""
    # pika wraps the error of the socket, differently in each version.
    while causes := [one for one in (*error.args, getattr(error, "exception", None),
                                     *getattr(error, "exceptions", ()))
                     if isinstance(one, BaseException)]:
        error = causes[-1]
    if isinstance(error, ssl.SSLError):
        return f"{error.reason}; does the port speak TLS, and is its certificate trusted?"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    code = getattr(error, "reply_code", None)  # Of the broker, where it closed the connection.
    return f"the broker closed it with {code}" if code else "it does not answer as a broker does"


class Client(AbstractContextManager["Client"]):
    """Publishes events and returns their outcomes. Safe under threads; make one for each process.

    An event that has no answer after `resend_after` seconds is published again, until
    `give_up_after` seconds are over. Raises ValueError where the URL cannot be read.
    """

    def __init__(self, url: str, *, source: str = "/crm", resend_after: float = 5.0,
                 give_up_after: float = 30.0) -> None:
        try:
            if not url.startswith(("amqp://", "amqps://")):
                raise ValueError
            self._broker = pika.URLParameters(url)
        except Exception:  # Its words could show a part of the password.
            raise ValueError("write the AMQP URL as amqps://user:password@host/vhost") from None
        # Seconds: so short that there is time left to try again. The pauses in between are ours.
        self._broker.heartbeat, self._broker.stack_timeout = 5, 5
        self._source, self._resend_after, self._give_up_after = source, resend_after, give_up_after
        self._begin()
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):  # A child must not write to the socket of its parent.
            os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """Nothing is open and nothing waits: in a new client, and in the child after a fork."""
        self._lock, self._stop, self._pause = threading.Lock(), threading.Event(), 0.1
        self._waiting: dict[str, _Asked] = {}
        self._thread: threading.Thread | None = None
        self._connection: Any = None
        self._channel: Any = None  # Set while events can be published.

    def request(self, event: Event, *, time: datetime | None = None, **attributes: str) -> Outcome:
        """Returns the outcome of `event`, or raises a `ClientError`: then nobody is let in.

        `time`: when the person's request came in, with its time zone; now unless given.
        `attributes`: further ones of the CloudEvent: `traceparent`, or `id` where the same form may
        be sent twice; the same `id` must come with the same `time`.
        """
        asked = _Asked({
            "id": str(getattr(uuid, "uuid7", uuid.uuid4)()),  # UUIDv7 from Python 3.14 on.
            **attributes, "specversion": "1.0", "source": self._source, "type": event.TYPE,
            "time": (time or datetime.now(timezone.utc)).isoformat(timespec="microseconds"),
            "data": to_data(event)})
        with self._lock:
            if self._stop.is_set():
                raise NoAnswer(asked.type, asked.id, "because the client is closed")
            self._waiting[asked.correlation_id] = asked
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="twofactor", daemon=True)
                self._thread.start()
            elif self._channel is not None:
                self._connection.ioloop.add_callback_threadsafe(partial(self._publish, asked, 0))
        try:
            return asked.answer.result(self._give_up_after)
        except TimeoutError:
            within = f"within {self._give_up_after:g} s{asked.trouble}"
            raise NoAnswer(asked.type, asked.id, within) from None
        finally:
            self._waiting.pop(asked.correlation_id, None)

    def close(self) -> None:
        """Ends the connection. Callers that wait get `NoAnswer` at once."""
        with self._lock:
            if self._connection is not None and not self._stop.is_set():
                self._connection.ioloop.add_callback_threadsafe(self._connection.close)
            self._stop.set()
        self._fail(lambda asked: NoAnswer(asked.type, asked.id, "because the client was closed"))
        if (thread := self._thread) is not None:
            thread.join(2)  # Seconds: a broker that is gone does not delay the end of a process.

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fail(self, error_for: Callable[[_Asked], ClientError]) -> None:
        for correlation_id in list(self._waiting):
            if (asked := self._waiting.pop(correlation_id, None)) is not None:
                asked.answer.set_exception(error_for(asked))

    # From here on, everything runs in the connection's thread.

    def _run(self) -> None:
        """Holds one connection after another; ends when one is lost and nobody waits."""
        while True:
            with self._lock:
                if self._stop.is_set() or not self._waiting:
                    self._thread = None
                    return
                self._connection = pika.SelectConnection(
                    self._broker, lambda opened: opened.channel(on_open_callback=self._set_up),
                    self._broken, self._broken)
            with suppress(Exception):  # Whatever pika raises, a new connection is what helps.
                self._connection.ioloop.start()
            with self._lock:
                self._connection.ioloop.close()
                self._connection = self._channel = None
            self._stop.wait(random.uniform(0.5, 1) * self._pause)
            self._pause = min(2 * self._pause, 2.0)

    def _set_up(self, channel: Any) -> None:
        """Publishes all that waits: what is new, and what the last connection may have lost."""
        channel.add_on_close_callback(self._broken)
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._confirmed)
        channel.basic_consume("amq.rabbitmq.reply-to", self._answered, auto_ack=True)
        self._channel, self._published = channel, 0  # From here on, `request` publishes too.
        for asked in list(self._waiting.values()):
            self._publish(asked, asked.tag)

    def _publish(self, asked: _Asked, tag: int) -> None:
        """Publishes it, unless it was answered, or published again since it had this tag."""
        if asked.correlation_id in self._waiting and asked.tag == tag and self._channel.is_open:
            properties = pika.BasicProperties("application/cloudevents+json", delivery_mode=2,
                reply_to="amq.rabbitmq.reply-to", correlation_id=asked.correlation_id,
                message_id=asked.id)
            self._channel.basic_publish("crm.auth", asked.type, asked.body, properties, True)
            self._published = asked.tag = self._published + 1
            self._publish_in(self._resend_after, asked)

    def _publish_in(self, seconds: float, asked: _Asked) -> None:
        self._connection.ioloop.call_later(seconds, partial(self._publish, asked, asked.tag))

    def _confirmed(self, frame: Any) -> None:
        last = frame.method.delivery_tag
        for asked in list(self._waiting.values()):
            if asked.tag == last or frame.method.multiple and 0 < asked.tag < last:
                asked.trouble, self._pause = _TAKEN, 0.1
                if isinstance(frame.method, pika.spec.Basic.Nack):
                    self._not_sent(asked, " (the broker declined it)")

    def _returned(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        if (asked := self._waiting.get(properties.correlation_id)) is not None:
            self._not_sent(asked, _NO_QUEUE)

    def _not_sent(self, asked: _Asked, trouble: str) -> None:
        asked.tag, asked.trouble = 0, trouble  # No tag: the broker confirms what it returned.
        self._publish_in(random.uniform(0.5, 1) * asked.pause, asked)
        asked.pause = min(2 * asked.pause, 2.0)

    def _answered(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        """The first answer counts. What nobody waits for is dropped."""
        if (asked := self._waiting.pop(properties.correlation_id, None)) is not None:
            try:
                asked.answer.set_result(from_message(json.loads(body)))
            except Exception:  # Its words could show a part of the content.
                asked.answer.set_exception(BadAnswer(f"the answer to {asked.id} cannot be read"))

    def _broken(self, _: Any, error: BaseException) -> None:
        """The connection could not be opened, or it or its channel was closed."""
        if "(403)" in repr(error) or "(530)" in repr(error):
            who = f"{self._broker.host} refuses {self._broker.credentials.username}"
            self._fail(lambda _: AccessRefused(f"{who}: correct the AMQP URL or the rights"))
        elif not isinstance(error, pika.exceptions.ConnectionClosedByClient):
            nothing = f" (no connection to {self._broker.host}:{self._broker.port}: {_words(error)})"
            for asked in list(self._waiting.values()):
                asked.trouble = _NO_QUEUE if "(404)" in repr(error) else nothing
        if self._connection.is_closed:
            self._connection.ioloop.stop()
        elif self._connection.is_open:
            self._connection.close()
