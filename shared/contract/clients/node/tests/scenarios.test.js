// The ten scenarios of every client, against real workers, a broker, a database and a sandbox.
//
// The harness starts those and says where they are: CRM_AMQP_URL, SMS_SANDBOX_URL, CONTROL_URL.

import assert from "node:assert/strict";
import { createHmac, randomInt, randomUUID } from "node:crypto";
import { test } from "node:test";
import { BadAnswer, Client, Secret } from "../dist/index.js";

const { CRM_AMQP_URL, SMS_SANDBOX_URL, CONTROL_URL } = process.env;
const skip = CRM_AMQP_URL === undefined && "needs the stack: cargo xtask clients node";

/** Asks the harness for a fault. */
async function post(path, body) {
  const headers = { "content-type": "application/json" };
  const message = body && { headers, body: JSON.stringify(body) };
  const answer = await fetch(`${CONTROL_URL}${path}`, { method: "POST", ...message });
  assert.equal(answer.status, 204, await answer.text());
}

/** The code of the newest text to a number: a text begins with it. */
async function newestText(number) {
  const answer = await fetch(`${SMS_SANDBOX_URL}/messages?${new URLSearchParams({ to: number })}`);
  return (await answer.json()).at(-1).body.split(/\s/)[0];
}

/** An authenticator app (RFC 6238). Each code of it is good once, so each is shown once. */
class App {
  #key;
  #shown = 0;

  constructor(secret) {
    const bits = [...secret].map((letter) =>
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"));
    this.#key = Buffer.from(bits.join("").match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  }

  code() {
    this.#shown = Math.max(this.#shown + 1, Math.floor(Date.now() / 30_000));
    const step = Buffer.alloc(8);
    step.writeBigUInt64BE(BigInt(this.#shown));
    const digest = createHmac("sha1", this.#key).update(step).digest();
    const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
    return String(number % 1_000_000).padStart(6, "0");
  }
}

/** A user of an institution of its own, at a login of its own. */
class Person {
  constructor(client) {
    this.client = client;
    this.tenant = { tenant_id: `node-${randomUUID()}` };
    this.user = { ...this.tenant, user_id: "anna" };
    this.nextLogin();
  }

  nextLogin() {
    this.session = { ...this.user, session_id: randomUUID() };
  }

  logIn(members = {}) {
    const data = { ...this.session, ip: "203.0.113.7", ...members };
    return this.client.request({ type: "login.attempted.v1", data });
  }

  logInByApp(app, members = {}) {
    return this.logIn({ code: { method: "totp", value: new Secret(app.code()) }, ...members });
  }

  async setUpApp() {
    const started = { ...this.session, account: "anna@example.org" };
    const pending = await this.client.request({ type: "enrollment.totp.started.v1", data: started });
    const app = new App(pending.data.secret.reveal());
    const data = { ...this.session, code: new Secret(app.code()) };
    const completed = await this.client.request({ type: "enrollment.totp.confirmed.v1", data });
    assert.equal(completed.type, "enrollment.completed.v1");
    return { app, completed };
  }

  async setUpTexts() {
    const number = `+447400${randomInt(100_000, 1_000_000)}`;
    const started = { ...this.session, mobile_number: new Secret(number) };
    const pending = await this.client.request({ type: "enrollment.sms.started.v1", data: started });
    const data = { ...this.session, code: new Secret(await newestText(number)) };
    const completed = await this.client.request({ type: "enrollment.sms.confirmed.v1", data });
    return { pending, completed };
  }
}

/** A scenario with a person whose institution requires a second factor. */
function scenario(name, body) {
  test(name, { skip }, async () => {
    const client = new Client(CRM_AMQP_URL);
    try {
      const person = new Person(client);
      const data = { ...person.tenant, admin_id: "root", required: true, grace_days: 0 };
      await client.request({ type: "enrollment.policy.set.v1", data });
      await body(person);
    } finally {
      await client.close();
    }
  });
}

scenario("first_login_with_set_up", async (person) => {
  const challenged = await person.logIn();
  assert.equal(challenged.type, "login.challenged.v1");
  assert.deepEqual([challenged.data.next, challenged.data.methods], ["set_up", []]);
  const { completed } = await person.setUpApp();
  assert.equal(completed.data.backup_codes.reveal().length, 10);
  assert.ok(!JSON.stringify(completed).includes(completed.data.backup_codes.reveal()[0]));
  const accepted = await person.logIn();
  assert.equal(accepted.type, "login.accepted.v1");
  assert.equal(accepted.data.via, "enrolled");
});

scenario("totp", async (person) => {
  const { app } = await person.setUpApp();
  person.nextLogin();
  const challenged = await person.logIn();
  assert.equal(challenged.data.next, "enter_code");
  assert.ok(challenged.data.methods.includes("totp"));
  const accepted = await person.logInByApp(app);
  assert.equal(accepted.type, "login.accepted.v1");
  assert.equal(accepted.data.via, "totp");
});

scenario("wrong_code", async (person) => {
  const { app } = await person.setUpApp();
  person.nextLogin();
  const value = app.code() === "000000" ? "000001" : "000000";
  const rejected = await person.logIn({ code: { method: "totp", value: new Secret(value) } });
  assert.equal(rejected.type, "login.rejected.v1");
  assert.deepEqual([rejected.data.reason, rejected.data.next], ["wrong_code", "try_another_code"]);
  assert.ok(rejected.data.message);
});

scenario("text", async (person) => {
  const { pending, completed } = await person.setUpTexts();
  assert.equal(pending.type, "enrollment.pending.v1");
  assert.deepEqual([pending.data.method, pending.data.billed_to], ["sms", "system"]);
  assert.equal(completed.type, "enrollment.completed.v1");
  assert.equal((await person.logIn()).type, "login.accepted.v1");
  person.nextLogin();
  assert.ok((await person.logIn()).data.methods.includes("sms"));
});

scenario("throttled", async (person) => {
  await person.setUpTexts();
  person.nextLogin();
  const throttled = await person.client.request({ type: "sms.requested.v1", data: person.session });
  assert.equal(throttled.type, "sms.throttled.v1");
  assert.equal(throttled.data.next, "wait");
  const seconds = throttled.data.retry_after_seconds;
  assert.ok(seconds > 0 && seconds <= 300, `${seconds}`);
});

scenario("remembered", async (person) => {
  const { app } = await person.setUpApp();
  person.nextLogin();
  const { data } = await person.logInByApp(app, { remember_me: true });
  const { remember_token } = data;
  assert.equal(`${remember_token}`, "[secret]");
  person.nextLogin();
  const remembered = await person.logIn({ remember_token });
  assert.equal(remembered.type, "login.accepted.v1");
  assert.equal(remembered.data.via, "remembered");
  person.nextLogin();
  const elsewhere = await person.logIn({ remember_token, ip: "198.51.100.9" });
  assert.equal(elsewhere.type, "login.challenged.v1");
  assert.equal(elsewhere.data.remembered, "other_ip");
});

scenario("reset_in_between", async (person) => {
  const { app } = await person.setUpApp();
  person.nextLogin();
  assert.equal((await person.logIn()).data.next, "enter_code");
  const data = { ...person.user, admin_id: "root", reason: "lost the telephone" };
  const reset = await person.client.request({ type: "reset.requested.v1", data });
  assert.equal(reset.type, "reset.completed.v1");
  assert.ok(reset.data.removed.includes("totp"));
  const challenged = await person.logInByApp(app);
  assert.equal(challenged.type, "login.challenged.v1");
  assert.equal(challenged.data.next, "set_up");
});

scenario("reply_lost", async (person) => {
  const { app } = await person.setUpApp();
  person.nextLogin();
  await post("/lose-next?after_ms=0");
  person.client = new Client(CRM_AMQP_URL, { resendAfter: 1 });
  try {
    // The first publication spends the code, so that only the same event again is let in.
    assert.equal((await person.logInByApp(app)).type, "login.accepted.v1");
  } finally {
    await person.client.close();
  }
});

scenario("broker_restarted_while_waiting", async (person) => {
  const { app } = await person.setUpApp();
  person.nextLogin();
  await post("/workers/stop");
  const waits = person.logInByApp(app);
  await post("/broker/restart?after_ms=200");
  await post("/workers/start?after_ms=300");
  assert.equal((await waits).type, "login.accepted.v1");
  // The same client goes on, also where its connection is closed in between.
  await post("/connections/close");
  person.nextLogin();
  assert.equal((await person.logIn()).type, "login.challenged.v1");
});

scenario("unknown_member_in_an_outcome", async (person) => {
  const known = { ...person.session, next: "dance", message: "?", methods: ["smell"] };
  const pigeon = { ...person.session, via: "carrier_pigeon", unheard_of: { a: [1] } };
  await post("/answer-next", { type: "login.accepted.v1", data: pigeon });
  const accepted = await person.logIn();
  assert.equal(accepted.type, "login.accepted.v1");
  assert.deepEqual(accepted.data, { ...person.session, via: "carrier_pigeon" });
  await post("/answer-next", { type: "login.challenged.v1", data: known });
  const challenged = await person.logIn();
  assert.deepEqual([challenged.data.next, challenged.data.methods], ["try_again", ["smell"]]);
  await post("/answer-next", { type: "login.postponed.v1", data: known });
  const unknown = await person.logIn();
  assert.deepEqual([unknown.type, unknown.received_type], ["unknown", "login.postponed.v1"]);
  assert.ok(unknown.data instanceof Secret);
  const { message, ...short } = known;
  await post("/answer-next", { type: "login.challenged.v1", data: short });
  await assert.rejects(person.logIn(), BadAnswer);
});
