// What the client does in trouble, against a broker that makes trouble on request.

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { AccessRefused, BadAnswer, Client, ClientError, NoAnswer, Secret } from "../dist/index.js";
import { Broker, outcome } from "./broker.js";

const LOGIN = {
  type: "login.attempted.v1",
  data: {
    tenant_id: "north", user_id: "u-1", session_id: "s-1", ip: "192.0.2.7",
    code: { method: "totp", value: new Secret("918273") },
  },
};

const accept = (message, session) => {
  session.confirm();
  session.answer(message.id, outcome(message.json));
};
const silent = (_message, session) => session.confirm();
const drop = (_message, session) => session.drop();
const decline = (_message, session) => session.decline();
const giveBack = (message, session) => session.giveBack(message);
const missing = (_message, session) => session.closeChannel(404, "NOT_FOUND - no exchange");
const forbid = (_message, session) => session.closeChannel(403, "ACCESS_REFUSED");

/** Each event in its own way; the last for all that follow. */
function inTurn(...ways) {
  return (message, session) => (ways.length > 1 ? ways.shift() : ways[0])(message, session);
}

/** Runs a test with a broker and a client, and ends both. */
async function against(then, options, body) {
  const broker = await Broker.start(then);
  const client = new Client(broker.url, options);
  try {
    await body(client, broker);
  } finally {
    await client.close();
    await broker.stop();
  }
}

const distinct = (broker) => new Set(broker.messages.map(({ body }) => body.toString())).size;

test("an event is published as the contract says", async () => {
  await against(accept, {}, async (client, broker) => {
    const time = new Date("2026-11-24T10:00:00.5Z");
    const answer = await client.request(LOGIN, { time, traceparent: "00-ab-cd-01" });
    assert.equal(answer.type, "login.accepted.v1");
    const [{ json, properties, publish }] = broker.messages;
    assert.equal(answer.causationid, json.id);
    assert.equal(json.specversion, "1.0");
    assert.equal(json.source, "/crm");
    assert.equal(json.type, "login.attempted.v1");
    assert.equal(json.time, "2026-11-24T10:00:00.500Z");
    assert.equal(json.traceparent, "00-ab-cd-01");
    assert.deepEqual(json.data.code, { method: "totp", value: "918273" });
    assert.equal(publish.exchange, "crm.auth");
    assert.equal(publish.routingKey, json.type);
    assert.equal(publish.mandatory, true);
    assert.equal(properties.contentType, "application/cloudevents+json");
    assert.equal(properties.deliveryMode, 2);
    assert.equal(properties.replyTo, "amq.rabbitmq.reply-to");
    assert.equal(properties.messageId, json.id);
    assert.ok(properties.correlationId);
    assert.equal(properties.messageId, json.id);
  });
});

test("an id that is given is sent by each caller who gives it", async () => {
  await against(accept, {}, async (client, broker) => {
    const form = { id: "form-1", time: new Date() };
    const answers = await Promise.all([client.request(LOGIN, form), client.request(LOGIN, form)]);
    assert.deepEqual(answers.map(({ type }) => type), Array(2).fill("login.accepted.v1"));
    assert.equal(distinct(broker), 1);
    assert.equal(broker.messages[0].json.id, "form-1");
  });
});

test("time is now with milliseconds", async () => {
  await against(accept, {}, async (client, broker) => {
    await client.request(LOGIN, { time: undefined });
    const { time } = broker.messages[0].json;
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(Math.abs(Date.now() - Date.parse(time)) < 5000);
  });
});

test("one connection serves all requests, is opened by the first and declares nothing", async () => {
  await against(accept, {}, async (client, broker) => {
    await sleep(50);
    assert.equal(broker.sessions.length, 0);
    for (let turn = 0; turn < 5; turn += 1) await client.request(LOGIN);
    await client.close();
    assert.equal(broker.sessions.length, 1);
    const [{ said }] = broker.sessions;
    assert.ok(said.includes("ConnectionClose"), `${said}`);
    assert.ok(!said.some((name) => name.includes("Declare")), `${said}`);
  });
});

test("the same bytes are published again until an answer comes", async () => {
  await against(inTurn(silent, silent, accept), { resendAfter: 0.1 }, async (client, broker) => {
    assert.equal((await client.request(LOGIN)).type, "login.accepted.v1");
    assert.equal(broker.messages.length, 3);
    assert.equal(distinct(broker), 1);
  });
});

test("no answer is an error of its own", async () => {
  await against(silent, { resendAfter: 0.5, giveUpAfter: 2 }, async (client, broker) => {
    await assert.rejects(client.request(LOGIN), (error) => {
      assert.ok(error instanceof NoAnswer && error instanceof ClientError);
      assert.equal(error.name, "NoAnswer");
      assert.equal(error.message, `no answer to login.attempted.v1 ${error.id} within 2 s (the broker took it: are the workers running?); ` +
        "let nobody in, and ask the person to try again");
      return true;
    });
    const again = broker.messages.length;
    assert.ok(again >= 1 && again <= 4, `${again} times`);
    await sleep(600);
    assert.equal(broker.messages.length, again, "given up, and published again");
  });
});

test("the first answer counts", async () => {
  const twice = (message, session) => {
    session.answer(message.id, outcome(message.json, { via: "totp" }));
    session.answer(message.id, outcome(message.json, { via: "sms" }));
    session.confirm();
  };
  await against(twice, {}, async (client) => {
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal((await client.request(LOGIN)).data.via, "totp");
    }
  });
});

test("an answer to something else is dropped", async () => {
  const otherFirst = (message, session) => {
    session.answer("somebody-else", outcome(message.json, { via: "sms" }));
    session.answer(undefined, outcome(message.json, { via: "sms" }));
    accept(message, session);
  };
  await against(otherFirst, {}, async (client) => {
    assert.equal((await client.request(LOGIN)).data.via, "totp");
  });
});

test("what cannot be read is a bad answer without its content", async () => {
  const bad = [
    "secret-918273", "[]", "null", "{}", '{"secret-918273": 1',
    '{"type": "login.accepted.v1", "data": {"via": "secret-918273"}}', "[".repeat(100_000),
  ].map((text) => Buffer.from(text));
  for (const body of [...bad, Buffer.from([0x22, 0xff, 0x22])]) {
    const answer = (message, session) => session.answer(message.id, body);
    await against(answer, {}, async (client) => {
      await assert.rejects(client.request(LOGIN), (error) => {
        assert.ok(error instanceof BadAnswer, error);
        assert.ok(!inspect(error).includes("918273"));
        return true;
      });
    });
  }
});

test("a lost connection is opened again, and what waits published again", async () => {
  await against(inTurn(drop, drop, accept), {}, async (client, broker) => {
    assert.equal((await client.request(LOGIN)).type, "login.accepted.v1");
    assert.equal(broker.sessions.length, 3);
    assert.equal(distinct(broker), 1);
  });
});

test("a broker that comes late is reached", async () => {
  const gone = await Broker.start(accept);
  await gone.stop();
  const client = new Client(gone.url, { giveUpAfter: 10 });
  const answer = client.request(LOGIN);
  await sleep(400);
  const broker = await Broker.start(accept, gone.port);
  assert.equal((await answer).type, "login.accepted.v1");
  await client.close();
  await broker.stop();
});

test("without a broker no answer says so", async () => {
  const gone = await Broker.start(accept);
  await gone.stop();
  const client = new Client(gone.url, { giveUpAfter: 0.3 });
  await assert.rejects(client.request(LOGIN), /within 0.3 s \(no connection to 127.0.0.1:\d+: .*ECONNREFUSED.*\); let/);
  await client.close();
});

test("a port without TLS is called so", async () => {
  const plain = createServer((socket) => {
    socket.on("error", () => undefined).resume().end("AMQP\0\0\x09\x01");
  });
  await new Promise((ready) => plain.listen(0, "127.0.0.1", ready));
  const client = new Client(`amqps://127.0.0.1:${plain.address().port}`, { giveUpAfter: 1 });
  await assert.rejects(client.request(LOGIN), /no connection to 127.0.0.1:\d+: .*speak TLS, and/);
  await client.close();
  await new Promise((closed) => plain.close(closed));
});

test("a declined event is published again, and the pauses grow", async () => {
  await against(inTurn(decline, decline, accept), {}, async (client, broker) => {
    assert.equal((await client.request(LOGIN)).type, "login.accepted.v1");
    assert.equal(distinct(broker), 1);
  });
  await against(decline, { giveUpAfter: 2 }, async (client, broker) => {
    await assert.rejects(client.request(LOGIN), /\(the broker declined it\); let nobody in/);
    assert.ok(broker.messages.length < 10, `${broker.messages.length} times`);
  });
});

test("a returned event is published again", async () => {
  await against(inTurn(giveBack, giveBack, accept), {}, async (client, broker) => {
    assert.equal((await client.request(LOGIN)).type, "login.accepted.v1");
    assert.equal(broker.messages.length, 3);
  });
  await against(giveBack, { giveUpAfter: 2 }, async (client) => {
    await assert.rejects(client.request(LOGIN), /no queue took it: are the workers running\?/);
  });
});

test("a missing exchange counts as no queue", async () => {
  await against(inTurn(missing, accept), {}, async (client) => {
    assert.equal((await client.request(LOGIN)).type, "login.accepted.v1");
  });
  await against(missing, { giveUpAfter: 2 }, async (client) => {
    await assert.rejects(client.request(LOGIN), /no queue took it: are the workers running\?/);
  });
});

test("refused credentials are raised at once and name no password", async () => {
  for (const code of [403, 530]) {
    await against(accept, {}, async (client, broker) => {
      broker.refuses = code;
      const began = Date.now();
      await assert.rejects(client.request(LOGIN), (error) => {
        assert.ok(error instanceof AccessRefused, error);
        assert.match(error.message, /^127.0.0.1 refuses crm: correct the AMQP URL/);
        assert.ok(!inspect(error).includes("hush"));
        return true;
      });
      assert.ok(Date.now() - began < 3000);
      assert.equal(broker.sessions.length, 1);
      broker.refuses = undefined;
      assert.equal((await client.request(LOGIN)).type, "login.accepted.v1");
    });
  }
  await against(forbid, {}, async (client) => {
    await assert.rejects(client.request(LOGIN), AccessRefused);
  });
});

test("several confirmations in one are understood", async () => {
  let seen = 0;
  const together = (message, session) => {
    seen += 1;
    if (seen === 3) session.decline(true);
    else if (seen > 3) accept(message, session);
  };
  await against(together, {}, async (client) => {
    await Promise.all([1, 2, 3].map(() => client.request(LOGIN)));
    assert.equal(seen, 6);
  });
});

test("many requests at once each get their own answer", async () => {
  const mirror = (message, session) => {
    session.answer(message.id, outcome(message.json, { via: message.json.data.user_id }));
    session.confirm(true);
  };
  await against(mirror, {}, async (client, broker) => {
    const users = Array.from({ length: 300 }, (_, turn) => `u-${turn}`);
    await Promise.all(users.map(async (user_id) => {
      const answer = await client.request({ ...LOGIN, data: { ...LOGIN.data, user_id } });
      assert.equal(answer.data.via, user_id);
    }));
    assert.equal(broker.messages.length, 300);
    assert.equal(broker.sessions.length, 1);
  });
});

test("an answer whose continuation asks again when the channel has just closed", async () => {
  const acceptAndDrop = (message, session) => {
    session.answer(message.id, outcome(message.json));
    session.closeChannel(406, "PRECONDITION_FAILED");
  };
  await against(acceptAndDrop, { resendAfter: 0.2 }, async (client) => {
    for (let turn = 0; turn < 5; turn += 1) {
      assert.equal((await client.request(LOGIN)).type, "login.accepted.v1");
    }
  });
});

test("close ends all that waits at once", async () => {
  await against(silent, {}, async (client, broker) => {
    const waits = [1, 2, 3, 4].map(() => assert.rejects(
      client.request(LOGIN), /because the client is closed; let nobody in/));
    while (broker.messages.length < 4) await sleep(5);
    const began = Date.now();
    await client.close();
    await Promise.all(waits);
    assert.ok(Date.now() - began < 1000);
    await assert.rejects(client.request(LOGIN), NoAnswer);
    await client.close();
  });
});

test("a client that was closed keeps no process alive", async () => {
  await against(silent, {}, async (_client, broker) => {
    const { exitCode, left } = await inChild(broker.url, `
      const wait = client.request(login).catch((error) => console.log(error.name));
      setTimeout(() => client.close(), 300);
      await wait;`);
    assert.deepEqual([exitCode, left], [0, "NoAnswer\n"]);
  });
  const gone = await Broker.start(silent);
  await gone.stop();
  const { exitCode, left } = await inChild(gone.url, `
    client.request(login).catch((error) => console.log(error.name));
    await client.close();`);
  assert.deepEqual([exitCode, left], [0, "NoAnswer\n"]);
});

async function inChild(url, program) {
  const { spawn } = await import("node:child_process");
  const index = fileURLToPath(new URL("../dist/index.js", import.meta.url));
  const source = `
    import { Client } from ${JSON.stringify(index)};
    const login = { type: "login.attempted.v1", data: {} };
    const client = new Client(${JSON.stringify(url)});
    ${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"], timeout: 5000,
  });
  let left = "";
  child.stdout.on("data", (bytes) => (left += bytes));
  const exitCode = await new Promise((resolve) => child.on("close", resolve));
  return { exitCode, left };
}

test("the client shows neither its URL nor what it sends", async () => {
  await against(accept, {}, async (client) => {
    await client.request(LOGIN);
    const printed = inspect(client, { depth: 9, showHidden: true }) + JSON.stringify(client);
    assert.ok(!/hush|918273/.test(printed), printed);
  });
});

test("a URL that cannot be read is not shown", () => {
  for (const url of ["amqp://crm:pa/ss@host/", "http://crm:hush@host", "amqp://crm:hush@host:no", ""]) {
    assert.throws(() => new Client(url), (error) => {
      assert.ok(error instanceof TypeError);
      assert.ok(!/hush|pa\/ss/.test(inspect(error)));
      return true;
    });
  }
});
