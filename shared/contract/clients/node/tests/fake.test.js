// The fake answers every outcome from the published examples, and the types keep their secrets.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import { EVENT_TYPES, fromMessage, NoAnswer, OUTCOME_TYPES, Secret } from "../dist/index.js";
import { FakeClient } from "../dist/fake.js";

const file = new URL("../src/examples.json", import.meta.url);
const EXAMPLES = JSON.parse(readFileSync(file, "utf8"));
const LOGIN = {
  type: "login.attempted.v1",
  data: {
    tenant_id: "south", user_id: "u-9", session_id: "s-9", ip: "::1",
    remember_token: new Secret("hush-1"), code: { method: "totp", value: new Secret("hush-2") },
  },
};

const example = (type, members = {}) => {
  const message = EXAMPLES[type];
  return { ...message, data: { ...message.data, ...members } };
};

test("every published outcome can be an answer", async () => {
  const fake = new FakeClient();
  const names = Object.keys(EXAMPLES).filter((name) => OUTCOME_TYPES.includes(name.split("#")[0]));
  assert.ok(names.length > 50);
  for (const name of names) {
    const [type, reason] = name.split("#");
    fake.answers(type, reason === undefined ? {} : { reason });
    const outcome = await fake.request(LOGIN);
    assert.equal(outcome.type, type);
    assert.equal(outcome.data.reason ?? reason, reason ?? outcome.data.reason);
  }
});

test("answers are given in turn with the ids of the request", async () => {
  const fake = new FakeClient();
  fake.answers("login.challenged.v1", { methods: ["sms"], next: "enter_code" });
  fake.answers("login.rejected.v1", { reason: "wrong_code" });
  const challenged = await fake.request(LOGIN);
  const rejected = await fake.request(LOGIN);
  assert.deepEqual([challenged.data.methods, challenged.data.next], [["sms"], "enter_code"]);
  assert.equal(rejected.data.reason, "wrong_code");
  assert.equal(rejected.data.next, "try_another_code");
  for (const { data } of [challenged, rejected]) {
    assert.deepEqual([data.tenant_id, data.user_id, data.session_id], ["south", "u-9", "s-9"]);
  }
  assert.deepEqual(fake.requests, [LOGIN, LOGIN]);
  assert.notEqual(challenged.causationid, rejected.causationid);
});

test("no answer is raised once", async () => {
  const fake = new FakeClient();
  fake.noAnswer();
  fake.answers("login.accepted.v1", { via: "sms", remember_token: undefined });
  await assert.rejects(fake.request(LOGIN), (error) => {
    assert.ok(error instanceof NoAnswer);
    assert.match(error.message, /^no answer to login.attempted.v1 .*; let nobody in/);
    return true;
  });
  const { data } = await fake.request(LOGIN);
  assert.deepEqual([data.via, data.remember_token], ["sms", undefined]);
});

test("a request that no answer was set for fails the test", async () => {
  const fake = new FakeClient();
  await assert.rejects(fake.request(LOGIN), /login.attempted.v1 is set: call answers/);
});

test("what is not published is refused", () => {
  const fake = new FakeClient();
  const weather = { reason: "bad_weather" };
  assert.throws(() => fake.answers("login.rejected.v1", weather), /login.rejected.v1#wrong_code/);
  assert.throws(() => fake.answers("login.acepted.v1"), /none/);
});

test("what was asked is kept without its secrets in sight", async () => {
  const fake = new FakeClient();
  fake.answers("login.accepted.v1");
  const code = { method: "totp", value: "hush-3" };
  await fake.request({ ...LOGIN, data: { ...LOGIN.data, code } });
  assert.ok(!inspect(fake, { depth: 9 }).includes("hush"));
  assert.equal(fake.requests[0].data.code.value.reveal(), "hush-3");
  await fake.close();
});

test("every published message has a type", () => {
  for (const name of Object.keys(EXAMPLES)) {
    const type = name.split("#")[0];
    assert.ok(EVENT_TYPES.includes(type) || OUTCOME_TYPES.includes(type), type);
  }
});

test("secrets are printed nowhere", () => {
  const { data } = fromMessage(example("enrollment.completed.v1"));
  const codes = data.backup_codes.reveal();
  assert.equal(codes.length, 10);
  for (const printed of [
    inspect(LOGIN, { depth: 9, showHidden: true }), JSON.stringify(LOGIN), `${LOGIN.data.code.value}`,
    "" + LOGIN.data.remember_token, inspect(data, { depth: 9 }), JSON.stringify(data),
    inspect(structuredClone({ ...LOGIN.data.code.value })),
  ]) {
    assert.ok(!printed.includes("hush") && !printed.includes(codes[0]), printed);
  }
  assert.match(JSON.stringify(data), /"backup_codes":"\[secret\]"/);
});

test("secrets are equal where their values are", () => {
  assert.deepEqual(new Secret("hush-1"), LOGIN.data.remember_token);
  assert.notDeepEqual(new Secret("hush-4"), LOGIN.data.remember_token);
});

test("what is unknown is ignored or kept", () => {
  const members = { reason: "bad_weather", next: "dance", unheard_of: [1] };
  const { data } = fromMessage(example("login.rejected.v1", members));
  assert.deepEqual([data.reason, data.next], ["bad_weather", "try_again"]);
  assert.ok(!("unheard_of" in data));
  const unknown = fromMessage({ ...example("login.accepted.v1"), type: "login.postponed.v1" });
  assert.deepEqual([unknown.type, unknown.received_type], ["unknown", "login.postponed.v1"]);
  assert.equal(JSON.stringify(unknown.data), '"[secret]"');
  // A name that every object of JavaScript has is no type.
  const odd = fromMessage({ ...example("login.accepted.v1"), type: "constructor" });
  assert.equal(odd.type, "unknown");
});

test("what lacks a required attribute or member is no outcome", () => {
  const message = example("login.rejected.v1");
  for (const name of ["specversion", "id", "source", "type", "time", "data"]) {
    const { [name]: _, ...short } = message;
    assert.throws(() => fromMessage(short), TypeError, name);
  }
  for (const name of ["tenant_id", "user_id", "session_id", "reason", "next", "message", "methods"]) {
    const { [name]: _, ...data } = message.data;
    assert.throws(() => fromMessage({ ...message, data }), TypeError, name);
  }
});
