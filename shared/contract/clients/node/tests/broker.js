// Just enough of an AMQP broker to say what a real one says only in trouble.
//
// It declines, returns, closes, is silent or answers twice when a test wants that. It speaks through
// amqplib's own codec. The ten scenarios run against a real broker.

import { createRequire } from "node:module";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

const library = fileURLToPath(new URL("../node_modules/amqplib/lib/", import.meta.url));
const require = createRequire(import.meta.url);
const defs = require(`${library}defs.js`);
const frames = require(`${library}frame.js`);

/** The message of an outcome of `request`, with the members given besides its ids. */
export function outcome(request, members = { via: "totp" }, type = "login.accepted.v1") {
  const { tenant_id, user_id, session_id } = request.data;
  return {
    specversion: "1.0", id: `o-${request.id}`, source: "/twofactor/login", type,
    time: "2026-11-24T10:00:00.213509Z", datacontenttype: "application/json",
    causationid: request.id, data: { tenant_id, user_id, session_id, ...members },
  };
}

/** A broker on a port of loopback, which asks `decide(message, session)` what to do. */
export class Broker {
  sessions = [];
  messages = [];
  /** The code with which connections are refused. */
  refuses = undefined;

  constructor(decide) {
    this.decide = decide;
    this.server = createServer((socket) => this.sessions.push(new Session(socket, this)));
  }

  static async start(decide, port = 0) {
    const broker = new Broker(decide);
    await new Promise((resolve) => broker.server.listen(port, "127.0.0.1", resolve));
    broker.port = broker.server.address().port;
    broker.url = `amqp://crm:hush-hush@127.0.0.1:${broker.port}/%2F`;
    return broker;
  }

  async stop() {
    for (const session of this.sessions) session.drop();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** One connection of a client. */
class Session {
  /** The methods that the client sent, by name. */
  said = [];
  published = 0;
  #rest = Buffer.alloc(0);
  #publish;
  #message;

  constructor(socket, broker) {
    this.socket = socket;
    this.broker = broker;
    socket.on("data", (bytes) => this.#read(bytes)).on("error", () => undefined);
  }

  /** Ends the connection without a word. */
  drop() {
    this.socket.destroy();
  }

  answer(correlationId, body) {
    const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const deliver = { consumerTag: "consumer", deliveryTag: 1, redelivered: false, exchange: "",
      routingKey: "replies" };
    this.#send(defs.BasicDeliver, deliver);
    this.#content({ correlationId, headers: undefined }, content);
  }

  confirm(multiple = false) {
    this.#send(defs.BasicAck, { deliveryTag: this.published, multiple });
  }

  decline(multiple = false) {
    this.#send(defs.BasicNack, { deliveryTag: this.published, multiple, requeue: false });
  }

  giveBack({ properties, body }) {
    const why = { replyCode: 312, replyText: "NO_ROUTE", exchange: "crm.auth", routingKey: "x" };
    this.#send(defs.BasicReturn, why);
    this.#content(properties, body);
    this.confirm();
  }

  closeChannel(replyCode, replyText) {
    this.#send(defs.ChannelClose, { replyCode, replyText, classId: 60, methodId: 40 });
  }

  #send(method, fields = {}, channel = 1) {
    if (!this.socket.destroyed) this.socket.write(defs.encodeMethod(method, channel, fields));
  }

  #content(properties, body) {
    if (this.socket.destroyed) return;
    this.socket.write(defs.encodeProperties(defs.BasicProperties, 1, body.length, properties));
    this.socket.write(frames.makeBodyFrame(1, body));
  }

  #read(bytes) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (this.#rest.subarray(0, 4).toString() === "AMQP") {
      this.#rest = this.#rest.subarray(8);
      const serverProperties = { capabilities: { publisher_confirms: true } };
      const start = { versionMajor: 0, versionMinor: 9, serverProperties, mechanisms: "PLAIN",
        locales: "en_US" };
      this.#send(defs.ConnectionStart, {
        ...start, mechanisms: Buffer.from("PLAIN"), locales: Buffer.from("en_US"),
      }, 0);
    }
    for (let frame; (frame = frames.parseFrame(this.#rest, 0)); ) {
      this.#rest = frame.rest;
      this.#obey(frames.decodeFrame(frame));
    }
  }

  #obey({ id, channel, fields, content }) {
    if (content !== undefined) {
      this.published += 1;
      const message = { body: content, properties: this.#message, publish: this.#publish };
      message.json = JSON.parse(content);
      message.id = message.properties.correlationId;
      this.broker.messages.push(message);
      this.broker.decide(message, this);
    } else if (id === defs.BasicProperties) {
      this.#message = fields;
    } else if (id !== undefined) {
      this.#method(id, channel, fields);
    }
  }

  #method(id, channel, fields) {
    this.said.push(defs.info(id).name);
    if (id === defs.BasicPublish) this.#publish = fields;
    const tune = { channelMax: 2047, frameMax: 131072, heartbeat: 60 };
    const replies = {
      [defs.ConnectionStartOk]: [defs.ConnectionTune, tune],
      [defs.ConnectionOpen]: [defs.ConnectionOpenOk, {}],
      [defs.ConnectionClose]: [defs.ConnectionCloseOk, {}],
      [defs.ChannelOpen]: [defs.ChannelOpenOk, {}],
      [defs.ChannelClose]: [defs.ChannelCloseOk, {}],
      [defs.ConfirmSelect]: [defs.ConfirmSelectOk, {}],
      [defs.BasicConsume]: [defs.BasicConsumeOk, { consumerTag: "consumer" }],
    };
    const refused = { 403: defs.ConnectionStartOk, 530: defs.ConnectionOpen }[this.broker.refuses];
    if (refused === id) {
      const why = { replyCode: this.broker.refuses, replyText: "REFUSED", classId: 0, methodId: 0 };
      this.#send(defs.ConnectionClose, why, 0);
    } else if (replies[id] !== undefined) {
      this.#send(...replies[id], channel);
    }
    if (id === defs.ConnectionClose) this.socket.end();
  }
}
