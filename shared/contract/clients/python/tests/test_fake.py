"""The fake answers every outcome from the published examples, and the types keep their secrets."""

import copy
import json
import pickle
import unittest
from dataclasses import FrozenInstanceError, asdict, fields
from datetime import datetime

import twofactor
from twofactor import LoginAttempted, LoginAttemptedCode, NoAnswer, Secret
from twofactor.fake import FakeClient
from twofactor.types import EVENTS, OUTCOMES, from_message

LOGIN = LoginAttempted(
    tenant_id="south", user_id="u-9", session_id="s-9", ip="::1", remember_token="hush-1",
    code=LoginAttemptedCode(method="totp", value="hush-2"),
)


class Fake(unittest.TestCase):
    def test_every_published_outcome_can_be_an_answer(self):
        fake = FakeClient()
        names = [name for name in fake._examples if name.partition("#")[0] in OUTCOMES]
        self.assertGreater(len(names), 50)
        for name in names:
            type, _, reason = name.partition("#")
            with self.subTest(name):
                fake.answers(type, reason=reason or None)
                outcome = fake.request(LOGIN)
                self.assertIs(outcome.__class__, OUTCOMES[type])
                if reason:
                    self.assertEqual(getattr(outcome, "reason", reason), reason)

    def test_answers_are_given_in_turn_with_the_ids_of_the_request(self):
        fake = FakeClient()
        fake.answers("login.challenged.v1", methods=["sms"], next="enter_code")
        fake.answers("login.rejected.v1", reason="wrong_code")
        challenged, rejected = fake.request(LOGIN), fake.request(LOGIN)
        self.assertEqual((challenged.methods, challenged.next), (("sms",), "enter_code"))
        self.assertEqual((rejected.reason, rejected.next), ("wrong_code", "try_another_code"))
        for outcome in (challenged, rejected):
            ids = (outcome.tenant_id, outcome.user_id, outcome.session_id)
            self.assertEqual(ids, ("south", "u-9", "s-9"))
        self.assertEqual(fake.requests, [LOGIN, LOGIN])
        self.assertNotEqual(challenged.envelope.causationid, rejected.envelope.causationid)

    def test_no_answer_is_raised_once(self):
        fake = FakeClient()
        fake.no_answer()
        fake.answers("login.accepted.v1", via="sms", remember_token=None)
        with self.assertRaisesRegex(NoAnswer, "^no answer to login.attempted.v1 .*; let nobody in"):
            fake.request(LOGIN)
        accepted = fake.request(LOGIN)
        self.assertEqual((accepted.via, accepted.remember_token), ("sms", None))

    def test_a_request_that_no_answer_was_set_for_fails_the_test(self):
        fake = FakeClient()
        with self.assertRaisesRegex(AssertionError, "login.attempted.v1 is set: call answers"):
            fake.request(LOGIN)

    def test_what_is_not_published_is_refused(self):
        fake = FakeClient()
        with self.assertRaisesRegex(ValueError, "login.rejected.v1#wrong_code"):
            fake.answers("login.rejected.v1", reason="bad_weather")
        with self.assertRaisesRegex(ValueError, "none"):
            fake.answers("login.acepted.v1")

    def test_it_has_what_the_client_has(self):
        for name in ("request", "close", "__enter__", "__exit__"):
            self.assertTrue(callable(getattr(FakeClient, name)), name)
        with FakeClient() as fake:
            fake.answers("login.accepted.v1")
            fake.request(LOGIN, time=datetime.now().astimezone(), traceparent="00-a-b-01")


class Types(unittest.TestCase):
    def test_every_published_message_has_a_type(self):
        for name in FakeClient()._examples:
            type = name.partition("#")[0]
            self.assertTrue(type in EVENTS or type in OUTCOMES, type)

    def test_secrets_are_printed_nowhere(self):
        completed = self.outcome("enrollment.completed.v1")
        for printed in (repr(LOGIN), str(LOGIN), f"{LOGIN!s:>5}", repr(vars_of(LOGIN)),
                        json.dumps(vars_of(LOGIN), default=str)):
            self.assertNotIn("hush", printed)
            self.assertIn("[secret]", printed)
        self.assertIn("backup_codes=[secret]", repr(completed))
        self.assertEqual(len(completed.backup_codes.reveal()), 10)
        with self.assertRaises(TypeError):
            json.dumps(LOGIN.remember_token)
        with self.assertRaises(TypeError):
            pickle.dumps(LOGIN)
        self.assertEqual(copy.deepcopy(LOGIN), LOGIN)
        self.assertNotIn("hush", repr(asdict(LOGIN)))

    def test_secrets_compare_by_value(self):
        self.assertEqual(LOGIN.remember_token, Secret("hush-1"))
        self.assertNotEqual(LOGIN.remember_token, "hush-1")

    def test_what_is_unknown_is_ignored_or_kept(self):
        outcome = self.outcome(
            "login.rejected.v1", reason="bad_weather", next="dance", unheard_of=[1])
        self.assertEqual((outcome.reason, outcome.next), ("bad_weather", "try_again"))
        unknown = from_message({**self.message("login.accepted.v1"), "type": "login.postponed.v1"})
        self.assertIsInstance(unknown, twofactor.UnknownOutcome)
        self.assertEqual(unknown.type, "login.postponed.v1")
        self.assertNotIn("tenant_id", repr(unknown.data))

    def test_what_lacks_a_member_is_no_outcome(self):
        for type in OUTCOMES:
            message = self.message(type)
            outcome = from_message(message)
            required = [field.name for field in fields(outcome) if field.default is not None]
            for name in required:
                if name != "envelope":
                    data = {key: value for key, value in message["data"].items() if key != name}
                    with self.subTest(type, member=name), self.assertRaises(ValueError):
                        from_message({**message, "data": data})
            for name in ("specversion", "id", "source", "type", "time", "data"):
                short = {key: value for key, value in message.items() if key != name}
                with self.subTest(type, attribute=name), self.assertRaises(ValueError):
                    from_message(short)

    def test_they_cannot_be_changed(self):
        with self.assertRaises(FrozenInstanceError):
            LOGIN.user_id = "u-10"

    def message(self, name, **members):
        message = FakeClient()._examples[name]
        return {**message, "data": {**message["data"], **members}}

    def outcome(self, name, **members):
        return from_message(self.message(name, **members))


def vars_of(event):
    return {field.name: getattr(event, field.name) for field in fields(event)}


if __name__ == "__main__":
    unittest.main()
