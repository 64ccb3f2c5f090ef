"""What the client does in trouble, against a broker that makes trouble on request."""

import json
import logging
import os
import socketserver
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone

from broker import Broker, outcome

from twofactor import (
    AccessRefused,
    BadAnswer,
    Client,
    LoginAccepted,
    LoginAttempted,
    LoginAttemptedCode,
    NoAnswer,
)

LOGIN = LoginAttempted(
    tenant_id="north", user_id="u-1", session_id="s-1", ip="192.0.2.7",
    code=LoginAttemptedCode(method="totp", value="918273"),
)


def accept(message, session):
    session.confirm()
    session.answer(message.id, outcome(message.json))


def silent(_message, session):
    session.confirm()


def in_turn(*ways):
    """Each event in its own way; the last for all that follow."""
    left = list(ways)
    return lambda message, session: (left.pop(0) if len(left) > 1 else left[0])(message, session)


class Published(unittest.TestCase):
    def test_an_event_is_published_as_the_contract_says(self):
        with Broker(accept) as broker, Client(broker.url) as client:
            came_in = datetime(2026, 11, 24, 12, 0, tzinfo=timezone(timedelta(hours=2)))
            answer = client.request(LOGIN, time=came_in, traceparent="00-ab-cd-01")
            self.assertIsInstance(answer, LoginAccepted)
            ((body, properties, publish),) = broker.messages
            event = json.loads(body)
            self.assertEqual(answer.envelope.causationid, event["id"])
            self.assertEqual(event["specversion"], "1.0")
            self.assertEqual(event["source"], "/crm")
            self.assertEqual(event["type"], "login.attempted.v1")
            self.assertEqual(event["time"], "2026-11-24T12:00:00.000000+02:00")
            self.assertEqual(event["traceparent"], "00-ab-cd-01")
            self.assertEqual(event["data"]["code"], {"method": "totp", "value": "918273"})
            self.assertEqual((publish.exchange, publish.routing_key), ("crm.auth", event["type"]))
            self.assertTrue(publish.mandatory)
            self.assertEqual(properties.content_type, "application/cloudevents+json")
            self.assertEqual(properties.delivery_mode, 2)
            self.assertEqual(properties.reply_to, "amq.rabbitmq.reply-to")
            self.assertEqual(properties.message_id, event["id"])
            self.assertTrue(properties.correlation_id)
            self.assertEqual(properties.message_id, event["id"])

    def test_an_id_that_is_given_is_sent_by_each_caller_who_gives_it(self):
        with Broker(accept) as broker, Client(broker.url) as client:
            came_in, answers = datetime.now(timezone.utc), []
            ask = lambda: answers.append(client.request(LOGIN, id="form-1", time=came_in))
            callers = [threading.Thread(target=ask) for _ in range(2)]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join()
            self.assertEqual([type(answer) for answer in answers], [LoginAccepted] * 2)
            self.assertEqual(len({body for body, *_ in broker.messages}), 1)
            self.assertEqual(json.loads(broker.messages[0][0])["id"], "form-1")

    def test_time_is_now_with_microseconds(self):
        with Broker(accept) as broker, Client(broker.url) as client:
            client.request(LOGIN)
            at = datetime.fromisoformat(json.loads(broker.messages[0][0])["time"])
            self.assertLess(abs(datetime.now(timezone.utc) - at), timedelta(seconds=5))

    def test_one_connection_serves_all_requests_and_is_opened_by_the_first(self):
        with Broker(accept) as broker, Client(broker.url) as client:
            self.assertEqual(broker.connections, [])
            for _ in range(5):
                client.request(LOGIN)
            self.assertEqual(len(broker.connections), 1)
            client.close()
            said = broker.connections[0].said
            self.assertEqual(said[-2:], ["Channel.Close", "Connection.Close"])
            self.assertFalse([name for name in said if "Declare" in name], "something is declared")


class Waiting(unittest.TestCase):
    def test_the_same_bytes_are_published_again_until_an_answer_comes(self):
        with Broker(in_turn(silent, silent, accept)) as broker:
            with Client(broker.url, resend_after=0.1) as client:
                self.assertIsInstance(client.request(LOGIN), LoginAccepted)
            bodies = [body for body, _, _ in broker.messages]
            self.assertEqual(len(bodies), 3)
            self.assertEqual(len(set(bodies)), 1)

    def test_no_answer_is_an_error_of_its_own(self):
        with Broker(silent) as broker:
            with Client(broker.url, resend_after=0.5, give_up_after=2) as client:
                with self.assertRaises(NoAnswer) as raised:
                    client.request(LOGIN)
                again = len(broker.messages)
                self.assertIn(again, range(1, 5))
                self.assertEqual(
                    str(raised.exception),
                    f"no answer to login.attempted.v1 {raised.exception.id} within 2 s "
                    "(the broker took it: are the workers running?); "
                    "let nobody in, and ask the person to try again",
                )
                time.sleep(0.6)
                self.assertEqual(len(broker.messages), again, "given up, and published again")

    def test_the_first_answer_counts(self):
        def twice(message, session):
            session.answer(message.id, outcome(message.json, via="totp"))
            session.answer(message.id, outcome(message.json, via="sms"))
            session.confirm()

        with Broker(twice) as broker, Client(broker.url) as client:
            for _ in range(3):
                self.assertEqual(client.request(LOGIN).via, "totp")

    def test_an_answer_to_something_else_is_dropped(self):
        def other_first(message, session):
            session.answer("somebody-else", outcome(message.json, via="sms"))
            session.answer(None, outcome(message.json, via="sms"))
            accept(message, session)

        with Broker(other_first) as broker, Client(broker.url) as client:
            self.assertEqual(client.request(LOGIN).via, "totp")

    def test_what_cannot_be_read_is_a_bad_answer_without_its_content(self):
        bad = [
            b"secret-918273", b"\xff", b"[]", b"null", b"{}", b'{"secret-918273": 1',
            b'{"type": "login.accepted.v1", "data": {"via": "secret-918273"}}', b"[" * 100_000,
        ]
        for body in bad:
            def answer(message, session, body=body):
                session.answer(message.id, body)

            with self.subTest(body[:20]), Broker(answer) as broker, Client(broker.url) as client:
                with self.assertRaises(BadAnswer) as raised:
                    client.request(LOGIN)
                self.assertNotIn("918273", repr(raised.exception))
                self.assertIsNone(raised.exception.__context__)

    def test_an_answer_is_not_delayed_by_an_event_that_no_queue_confirms(self):
        def stuck_or_not(message, session):
            if message.json["data"]["user_id"] == "well":
                accept(message, session)

        well = LoginAttempted(tenant_id="north", user_id="well", session_id="s", ip="192.0.2.7")
        with Broker(stuck_or_not) as broker, Client(broker.url, give_up_after=3) as client:
            stuck = threading.Thread(target=lambda: self.assertRaises(
                NoAnswer, client.request, LOGIN))
            stuck.start()
            began = time.monotonic()
            client.request(well)
            self.assertLess(time.monotonic() - began, 2.5)
            stuck.join()


class Trouble(unittest.TestCase):
    def test_a_lost_connection_is_opened_again_and_what_waits_published_again(self):
        def drop(_message, session):
            session.drop()

        with Broker(in_turn(drop, drop, accept)) as broker, Client(broker.url) as client:
            self.assertIsInstance(client.request(LOGIN), LoginAccepted)
            self.assertEqual(len(broker.connections), 3)
            self.assertEqual(len({body for body, _, _ in broker.messages}), 1)

    def test_a_broker_that_comes_late_is_reached(self):
        with Broker(accept) as broker:
            broker.refuses = 541
            url = broker.url
        with Client(url, give_up_after=10) as client:
            answers = []
            caller = threading.Thread(target=lambda: answers.append(client.request(LOGIN)))
            caller.start()
            time.sleep(0.5)
            with Broker(accept, port=broker.port):
                caller.join(10)
            self.assertIsInstance(answers[0], LoginAccepted)

    def test_without_a_broker_no_answer_says_so(self):
        with Broker(accept) as broker:
            pass
        with Client(broker.url, give_up_after=0.3) as client:
            words = r"within 0.3 s \(no connection to 127.0.0.1:\d+: Connection refused\); let nobody in"
            with self.assertRaisesRegex(NoAnswer, words):
                client.request(LOGIN)

    def test_a_port_without_tls_is_called_so(self):
        self.says("amqps", b"AMQP\0\0\x09\x01", "speak TLS, and is its certificate trusted")

    def test_what_does_not_answer_as_a_broker_is_called_so(self):
        self.says("amqp", b"HTTP/1.1 400 Bad Request", "it does not answer as a broker does")

    def says(self, scheme, answer, words):
        """What `NoAnswer` says of a server that gives this answer to whatever comes."""
        class Answers(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.recv(8)
                self.request.sendall(answer)

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answers) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"{scheme}://crm:hush@127.0.0.1:{server.server_address[1]}"
            with Client(url, give_up_after=1) as client:
                with self.assertRaisesRegex(NoAnswer, f"no connection to 127.0.0.1:.*{words}"):
                    client.request(LOGIN)
            server.shutdown()

    def test_a_declined_event_is_published_again(self):
        def decline(_message, session):
            session.decline()

        with Broker(in_turn(decline, decline, accept)) as broker, Client(broker.url) as client:
            self.assertIsInstance(client.request(LOGIN), LoginAccepted)
            self.assertEqual(len({body for body, _, _ in broker.messages}), 1)
        with Broker(decline) as broker, Client(broker.url, give_up_after=2) as client:
            with self.assertRaisesRegex(NoAnswer, r"\(the broker declined it\); let nobody in"):
                client.request(LOGIN)
            self.assertLess(len(broker.messages), 10, "the pauses must grow")

    def test_a_returned_event_is_published_again(self):
        def give_back(message, session):
            session.give_back(message.properties, message.body)

        with Broker(in_turn(give_back, give_back, accept)) as broker, Client(broker.url) as client:
            self.assertIsInstance(client.request(LOGIN), LoginAccepted)
        with Broker(give_back) as broker, Client(broker.url, give_up_after=2) as client:
            with self.assertRaisesRegex(NoAnswer, r"no queue took it: are the workers running\?"):
                client.request(LOGIN)

    def test_a_missing_exchange_counts_as_no_queue(self):
        def missing(_message, session):
            session.close_channel(404, "NOT_FOUND - no exchange 'crm.auth'")

        with Broker(in_turn(missing, accept)) as broker, Client(broker.url) as client:
            self.assertIsInstance(client.request(LOGIN), LoginAccepted)
        with Broker(missing) as broker, Client(broker.url, give_up_after=2) as client:
            with self.assertRaisesRegex(NoAnswer, r"no queue took it: are the workers running\?"):
                client.request(LOGIN)

    def test_refused_credentials_are_raised_at_once_and_name_no_password(self):
        for code in (403, 530):
            with self.subTest(code), Broker(accept) as broker, Client(broker.url) as client:
                broker.refuses = code
                began = time.monotonic()
                with self.assertRaisesRegex(AccessRefused, "127.0.0.1 refuses crm: correct the AMQP URL") as raised:
                    client.request(LOGIN)
                self.assertLess(time.monotonic() - began, 3)
                self.assertNotIn("hush", repr(raised.exception))
                self.assertEqual(len(broker.connections), 1)
                broker.refuses = None
                self.assertIsInstance(client.request(LOGIN), LoginAccepted)

    def test_a_user_who_must_not_publish_is_refused_at_once(self):
        def forbid(_message, session):
            session.close_channel(403, "ACCESS_REFUSED")

        with Broker(forbid) as broker, Client(broker.url) as client:
            with self.assertRaises(AccessRefused):
                client.request(LOGIN)

    def test_several_confirmations_in_one_are_understood(self):
        together = threading.Barrier(3)
        seen = []

        def all_at_once(message, session):
            seen.append(message)
            if len(seen) == 3:
                session.decline(multiple=True)
            elif len(seen) > 3:
                accept(message, session)

        def ask(client, answers):
            together.wait()
            answers.append(client.request(LOGIN))

        with Broker(all_at_once) as broker, Client(broker.url) as client:
            answers = []
            callers = [threading.Thread(target=ask, args=(client, answers)) for _ in range(3)]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join(5)
            self.assertEqual(len(answers), 3)
            self.assertEqual(len(seen), 6)


class Threads(unittest.TestCase):
    def test_many_callers_each_get_their_own_answer(self):
        def mirror(message, session):
            session.answer(message.id, outcome(message.json, via=message.json["data"]["user_id"]))
            session.confirm(multiple=True)

        def ask(client, name, wrong):
            for turn in range(20):
                user = f"{name}-{turn}"
                event = LoginAttempted(tenant_id="t", user_id=user, session_id="s", ip="::1")
                if client.request(event).via != user:
                    wrong.append(user)

        with Broker(mirror) as broker, Client(broker.url) as client:
            wrong = []
            callers = [threading.Thread(target=ask, args=(client, name, wrong)) for name in range(16)]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join()
            self.assertEqual(wrong, [])
            self.assertEqual(len(broker.messages), 320)
            self.assertEqual(len(broker.connections), 1)

    def test_close_ends_all_waiting_at_once(self):
        with Broker(silent) as broker:
            client = Client(broker.url)
            raised = []

            def ask():
                try:
                    client.request(LOGIN)
                except NoAnswer as error:
                    raised.append(str(error))

            callers = [threading.Thread(target=ask) for _ in range(4)]
            for caller in callers:
                caller.start()
            while len(broker.messages) < 4:
                time.sleep(0.01)
            began = time.monotonic()
            client.close()
            for caller in callers:
                caller.join()
            self.assertLess(time.monotonic() - began, 1)
            self.assertEqual(len(raised), 4)
            self.assertIn("because the client was closed; let nobody in", raised[0])
            with self.assertRaisesRegex(NoAnswer, "closed"):
                client.request(LOGIN)
            client.close()

    def test_close_while_it_connects(self):
        with Broker(accept) as broker:
            pass
        client = Client(broker.url)
        caller = threading.Thread(target=lambda: self.assertRaises(NoAnswer, client.request, LOGIN))
        caller.start()
        time.sleep(0.2)
        client.close()
        caller.join(1)
        self.assertFalse(caller.is_alive())

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_a_child_has_a_connection_of_its_own(self):
        with Broker(accept) as broker, Client(broker.url) as client:
            client.request(LOGIN)
            child = os.fork()
            if child == 0:
                accepted = isinstance(client.request(LOGIN), LoginAccepted)
                os._exit(0 if accepted else 1)
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
            client.request(LOGIN)
            self.assertEqual(len(broker.connections), 2)
            self.assertEqual([len(broker.messages), broker.connections[0].published], [3, 2])

    @unittest.skipUnless(os.path.isdir("/proc/self/fd"), "no /proc here")
    def test_connections_that_were_lost_leave_nothing_open(self):
        def drop_every_other(message, session):
            accept(message, session)
            session.drop()

        with Broker(drop_every_other) as broker, Client(broker.url) as client:
            open_files = []
            for _ in range(8):
                client.request(LOGIN)
                ended = time.monotonic() + 5
                while client._thread is not None and time.monotonic() < ended:
                    time.sleep(0.01)
                open_files.append(len(os.listdir("/proc/self/fd")))
            self.assertLessEqual(open_files[-1] - open_files[1], 2, open_files)


class Silence(unittest.TestCase):
    def test_neither_secrets_nor_the_password_are_logged_or_printed(self):
        lines = []

        class Keep(logging.Handler):
            def emit(self, record):
                lines.append(self.format(record))

        root, keep = logging.getLogger(), Keep()
        before = root.level
        root.addHandler(keep)
        root.setLevel(logging.DEBUG)
        try:
            def drop(_message, session):
                session.drop()

            with Broker(in_turn(drop, accept)) as broker, Client(broker.url) as client:
                client.request(LOGIN)
                lines.append(f"{client!r} {client} {LOGIN} {vars(client)}")
        finally:
            root.removeHandler(keep)
            root.setLevel(before)
        printed = "\n".join(lines)
        self.assertIn("pika", printed + "pika")
        self.assertNotIn("hush-hush", printed)
        self.assertNotIn("918273", printed)

    def test_a_url_that_cannot_be_read_is_not_shown(self):
        for url in ("", "crm:hush@host", "http://crm:hush@host", "amqp://crm:pa/ss@host/", "amqp://crm:hush@host:no"):
            with self.subTest(url), self.assertRaises(ValueError) as raised:
                Client(url)
            self.assertNotRegex(repr(raised.exception), "hush|pa/ss|'pa'")


if __name__ == "__main__":
    unittest.main()
