"""The ten scenarios of every client, against real workers, a broker, a database and a sandbox.

The harness starts those and says where they are: CRM_AMQP_URL, SMS_SANDBOX_URL, CONTROL_URL.
"""

import base64
import hmac
import json
import os
import secrets
import struct
import threading
import time
import unittest
import urllib.parse
import urllib.request
import uuid

import twofactor
from twofactor import Client, Secret


def post(path, body=None):
    """Asks the harness for a fault."""
    data = json.dumps(body or {}).encode()
    headers = {"content-type": "application/json"}
    url = os.environ["CONTROL_URL"] + path
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
        assert answer.status == 204, answer.status


def newest_text(number):
    """The code of the newest text to a number: a text begins with it."""
    query = urllib.parse.urlencode({"to": number})
    with urllib.request.urlopen(f"{os.environ['SMS_SANDBOX_URL']}/messages?{query}") as answer:
        return json.load(answer)[-1]["body"].split()[0]


class App:
    """An authenticator app (RFC 6238). Each code of it is good once, so each is shown once."""

    def __init__(self, pending):
        self.key = base64.b32decode(pending.secret.reveal())
        self.shown = 0

    def code(self):
        self.shown = max(self.shown + 1, int(time.time()) // 30)
        digest = hmac.digest(self.key, struct.pack(">Q", self.shown), "sha1")
        number = struct.unpack_from(">I", digest, digest[-1] & 15)[0] & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"


class Person:
    """A user of an institution of its own, at a login of its own."""

    def __init__(self, client):
        self.client = client
        self.tenant = {"tenant_id": f"python-{uuid.uuid4()}"}
        self.user = {**self.tenant, "user_id": "anna"}
        self.next_login()
        client.request(twofactor.EnrollmentPolicySet(
            **self.tenant, admin_id="root", required=True, grace_days=0))

    def next_login(self):
        self.session = {**self.user, "session_id": str(uuid.uuid4())}

    def log_in(self, method=None, value=None, **members):
        if method is not None:
            members["code"] = twofactor.LoginAttemptedCode(method=method, value=value)
        members.setdefault("ip", "203.0.113.7")
        return self.client.request(twofactor.LoginAttempted(**self.session, **members))

    def set_up_app(self):
        pending = self.client.request(twofactor.EnrollmentTotpStarted(
            **self.session, account="anna@example.org"))
        app = App(pending)
        completed = self.client.request(twofactor.EnrollmentTotpConfirmed(
            **self.session, code=app.code()))
        assert isinstance(completed, twofactor.EnrollmentCompleted), completed
        return app, completed

    def set_up_texts(self):
        number = f"+447400{secrets.randbelow(900_000) + 100_000}"
        pending = self.client.request(twofactor.EnrollmentSmsStarted(
            **self.session, mobile_number=number))
        completed = self.client.request(twofactor.EnrollmentSmsConfirmed(
            **self.session, code=newest_text(number)))
        return pending, completed


@unittest.skipUnless("CRM_AMQP_URL" in os.environ, "needs the stack: cargo xtask clients python")
class Scenarios(unittest.TestCase):
    def setUp(self):
        self.client = Client(os.environ["CRM_AMQP_URL"])
        self.addCleanup(self.client.close)
        self.person = Person(self.client)

    def test_first_login_with_set_up(self):
        challenged = self.person.log_in()
        self.assertIsInstance(challenged, twofactor.LoginChallenged)
        self.assertEqual((challenged.next, challenged.methods), ("set_up", ()))
        _, completed = self.person.set_up_app()
        self.assertEqual(len(completed.backup_codes.reveal()), 10)
        self.assertNotIn(completed.backup_codes.reveal()[0], f"{completed!r} {completed}")
        accepted = self.person.log_in()
        self.assertIsInstance(accepted, twofactor.LoginAccepted)
        self.assertEqual(accepted.via, "enrolled")

    def test_totp(self):
        app, _ = self.person.set_up_app()
        self.person.next_login()
        challenged = self.person.log_in()
        self.assertEqual(challenged.next, "enter_code")
        self.assertIn("totp", challenged.methods)
        accepted = self.person.log_in("totp", app.code())
        self.assertIsInstance(accepted, twofactor.LoginAccepted)
        self.assertEqual(accepted.via, "totp")

    def test_wrong_code(self):
        app, _ = self.person.set_up_app()
        self.person.next_login()
        wrong = "000000" if app.code() != "000000" else "000001"
        rejected = self.person.log_in("totp", wrong)
        self.assertIsInstance(rejected, twofactor.LoginRejected)
        self.assertEqual((rejected.reason, rejected.next), ("wrong_code", "try_another_code"))
        self.assertTrue(rejected.message)

    def test_text(self):
        pending, completed = self.person.set_up_texts()
        self.assertIsInstance(pending, twofactor.EnrollmentPending)
        self.assertEqual((pending.method, pending.billed_to), ("sms", "system"))
        self.assertIsInstance(completed, twofactor.EnrollmentCompleted)
        accepted = self.person.log_in()
        self.assertIsInstance(accepted, twofactor.LoginAccepted)
        self.person.next_login()
        self.assertIn("sms", self.person.log_in().methods)

    def test_throttled(self):
        self.person.set_up_texts()
        self.person.next_login()
        throttled = self.client.request(twofactor.SmsRequested(**self.person.session))
        self.assertIsInstance(throttled, twofactor.SmsThrottled)
        self.assertEqual(throttled.next, "wait")
        self.assertTrue(0 < throttled.retry_after_seconds <= 300)

    def test_remembered(self):
        app, _ = self.person.set_up_app()
        self.person.next_login()
        accepted = self.person.log_in("totp", app.code(), remember_me=True)
        self.assertEqual(str(accepted.remember_token), "[secret]")
        self.person.next_login()
        remembered = self.person.log_in(remember_token=accepted.remember_token)
        self.assertIsInstance(remembered, twofactor.LoginAccepted)
        self.assertEqual(remembered.via, "remembered")
        self.person.next_login()
        elsewhere = self.person.log_in(remember_token=accepted.remember_token, ip="198.51.100.9")
        self.assertIsInstance(elsewhere, twofactor.LoginChallenged)
        self.assertEqual(elsewhere.remembered, "other_ip")

    def test_reset_in_between(self):
        app, _ = self.person.set_up_app()
        self.person.next_login()
        self.assertEqual(self.person.log_in().next, "enter_code")
        reset = self.client.request(twofactor.ResetRequested(
            **self.person.user, admin_id="root", reason="lost the telephone"))
        self.assertIsInstance(reset, twofactor.ResetCompleted)
        self.assertIn("totp", reset.removed)
        challenged = self.person.log_in("totp", app.code())
        self.assertIsInstance(challenged, twofactor.LoginChallenged)
        self.assertEqual(challenged.next, "set_up")

    def test_reply_lost(self):
        app, _ = self.person.set_up_app()
        self.person.next_login()
        post("/lose-next?after_ms=0")
        with Client(os.environ["CRM_AMQP_URL"], resend_after=1) as self.person.client:
            accepted = self.person.log_in("totp", app.code())
        # The first publication spent the code, so that only the same event again is let in.
        self.assertIsInstance(accepted, twofactor.LoginAccepted)

    def test_broker_restarted_while_waiting(self):
        app, _ = self.person.set_up_app()
        self.person.next_login()
        post("/workers/stop")
        outcomes = []
        code = app.code()
        waits = threading.Thread(target=lambda: outcomes.append(self.person.log_in("totp", code)))
        waits.start()
        post("/broker/restart?after_ms=200")
        post("/workers/start?after_ms=300")
        waits.join()
        self.assertEqual([type(outcome) for outcome in outcomes], [twofactor.LoginAccepted])
        # The same client goes on, also where its connection is closed in between.
        post("/connections/close")
        self.person.next_login()
        self.assertIsInstance(self.person.log_in(), twofactor.LoginChallenged)

    def test_unknown_member_in_an_outcome(self):
        data = {**self.person.session, "via": "carrier_pigeon", "unheard_of": {"a": [1]}}
        post("/answer-next", {"type": "login.accepted.v1", "data": data})
        accepted = self.person.log_in()
        self.assertIsInstance(accepted, twofactor.LoginAccepted)
        self.assertEqual(accepted.via, "carrier_pigeon")
        data = {**self.person.session, "next": "dance", "message": "?", "methods": ["smell"]}
        post("/answer-next", {"type": "login.challenged.v1", "data": data})
        challenged = self.person.log_in()
        self.assertEqual((challenged.next, challenged.methods), ("try_again", ("smell",)))
        post("/answer-next", {"type": "login.postponed.v1", "data": data})
        unknown = self.person.log_in()
        self.assertIsInstance(unknown, twofactor.UnknownOutcome)
        self.assertEqual(unknown.type, "login.postponed.v1")
        self.assertIsInstance(unknown.data, Secret)
        del data["message"]
        post("/answer-next", {"type": "login.challenged.v1", "data": data})
        with self.assertRaises(twofactor.BadAnswer):
            self.person.log_in()


if __name__ == "__main__":
    unittest.main()
