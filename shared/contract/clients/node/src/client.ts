/**
 * The client: one long-lived connection to the broker, shared by all requests of the process.
 *
 * This file knows how an event is sent, sent again and answered. It knows no event type: those are
 * in `types`, which is generated.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type ChannelModel, type ConfirmChannel, connect, type ConsumeMessage } from "amqplib";
import { AccessRefused, BadAnswer, type ClientError, NoAnswer } from "./errors.js";
import { type Event, fromMessage, type Outcome, toData } from "./types.js";

const CLOSED = "because the client is closed";
const NO_QUEUE = " (no queue took it: are the workers running?)";
const TAKEN = " (the broker took it: are the workers running?)";
const NO_TLS = "does the port speak TLS, and is its certificate trusted?";
const REFUSED = / by server: 403 |got <ConnectionClose/; // The latter is a virtual host's.
const REPLIES = "amq.rabbitmq.reply-to";
const UTF8 = new TextDecoder("utf-8", { fatal: true });
const [FIRST_PAUSE, LONGEST_PAUSE] = [0.1, 2]; // Seconds.

/** Settings of a client; times are in seconds. */
export interface Options {
  /** The CRM, as a URI reference; `/crm` unless given. */
  source?: string;
  /** After how long an event that has no answer is published again; 5 unless given. */
  resendAfter?: number;
  /** After how long a request that has no answer rejects; 30 unless given. */
  giveUpAfter?: number;
}

/** Attributes of the CloudEvent that a caller may give. */
export interface Attributes {
  id?: string;
  time?: Date;
  traceparent?: string;
}

/** An event that waits for its outcome, and what became of its last publication. */
interface Asked {
  type: string;
  id: string;
  correlationId: string;
  body: Buffer;
  settle: (outcome: Outcome | ClientError) => void;
  again?: NodeJS.Timeout; // Another one after each publication.
  pause: number;
  trouble: string;
}

/** Publishes events and resolves to their outcomes. Make one for each process. */
export class Client {
  readonly #url: URL;
  readonly #options: Required<Options>;
  readonly #asked = new Map<string, Asked>();
  #connection: ChannelModel | undefined;
  #channel: ConfirmChannel | undefined; // Set while events can be published.
  #pause = FIRST_PAUSE;
  #isRunning = false;
  #isClosed = false;

  /** @throws TypeError where the URL cannot be read; it does not show it. */
  constructor(url: string, options: Options = {}) {
    if (!URL.canParse(url) || !/^amqps?:/.test(url)) {
      throw new TypeError("write the AMQP URL as amqps://user:password@host/vhost");
    }
    this.#url = new URL(url);
    this.#url.searchParams.set("heartbeat", "5"); // Seconds: there is time left to try again.
    this.#options = { source: "/crm", resendAfter: 5, giveUpAfter: 30, ...options };
  }

  /**
   * Resolves to the outcome of `event`, or rejects with a `ClientError`: then nobody is let in.
   *
   * `attributes.time` is when the person's request came in, now unless given. `attributes.id` is for
   * a form that may be sent twice; the same id must come with the same time.
   */
  async request(event: Event, attributes: Attributes = {}): Promise<Outcome> {
    const { source, giveUpAfter } = this.#options;
    const type = event.type;
    const correlationId = randomUUID(); // Its own: an id that is given can wait twice.
    const { id = randomUUID(), time = new Date(), traceparent } = attributes;
    const data = toData(event);
    const message = { specversion: "1.0", id, source, type, time, traceparent, data };
    const body = Buffer.from(JSON.stringify(message));
    if (this.#isClosed) throw new NoAnswer(type, id, CLOSED);
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome | ClientError): void => {
        this.#asked.delete(correlationId);
        [asked.again, end].forEach(clearTimeout);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const asked: Asked = { type, id, correlationId, body, settle, pause: FIRST_PAUSE, trouble: "" };
      const end = setTimeout(() => {
        settle(new NoAnswer(type, id, `within ${giveUpAfter} s${asked.trouble}`));
      }, giveUpAfter * 1000);
      this.#asked.set(correlationId, asked);
      this.#publish(asked);
      if (!this.#isRunning) void this.#run();
    });
  }

  /** Ends the connection. Requests that wait reject with `NoAnswer` at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { type, id, settle } of this.#asked.values()) settle(new NoAnswer(type, id, CLOSED));
    await this.#connection?.close().catch(() => undefined);
  }

  /** Holds one connection after another; ends when one is lost and nobody waits. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#asked.size > 0) {
      try {
        this.#connection = await connect(this.#url.href, { timeout: 5000, noDelay: true });
        if (!this.#isClosed) this.#explain(await this.#hold(this.#connection));
      } catch (error) {
        this.#explain(error);
      }
      await this.#connection?.close().catch(() => undefined); // It may be closed already.
      await sleep(this.#pause * (0.5 + Math.random() / 2) * 1000, undefined, { ref: false });
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    }
    this.#isRunning = false;
  }

  /** Publishes all that waits: what is new, and what the last connection may have lost. */
  async #hold(connection: ChannelModel): Promise<unknown> {
    let end: (error: unknown) => void = () => undefined;
    const ended = new Promise<unknown>((resolve) => (end = resolve));
    connection.on("error", end).on("close", end);
    const channel = await connection.createConfirmChannel();
    channel.on("error", end).on("close", () => (this.#channel = undefined));
    channel.on("return", ({ properties }) => {
      this.#notSent(this.#asked.get(properties.correlationId), NO_QUEUE);
    });
    await channel.consume(REPLIES, (answer) => answer && this.#answered(answer), { noAck: true });
    this.#channel = channel;
    for (const asked of this.#asked.values()) this.#publish(asked);
    return ended;
  }

  #publish(asked: Asked): void {
    const { id: messageId, correlationId } = asked;
    const ids = { messageId, correlationId, replyTo: REPLIES };
    const form = { contentType: "application/cloudevents+json", persistent: true, mandatory: true };
    const again = this.#publishIn(this.#options.resendAfter, asked);
    this.#channel?.publish("crm.auth", asked.type, asked.body, { ...ids, ...form }, (problem) => {
      if (asked.again !== again || !this.#asked.has(correlationId)) return;
      if (problem) this.#notSent(asked, " (the broker declined it)");
      else [asked.trouble, this.#pause] = [TAKEN, FIRST_PAUSE];
    });
  }

  #publishIn(seconds: number, asked: Asked): NodeJS.Timeout {
    clearTimeout(asked.again);
    return (asked.again = setTimeout(() => this.#publish(asked), seconds * 1000));
  }

  #notSent(asked: Asked | undefined, trouble: string): void {
    if (asked === undefined) return;
    this.#publishIn(asked.pause * (0.5 + Math.random() / 2), asked);
    [asked.trouble, asked.pause] = [trouble, Math.min(2 * asked.pause, LONGEST_PAUSE)];
  }

  /** The first answer counts. What nobody waits for is dropped. */
  #answered(answer: ConsumeMessage): void {
    const asked = this.#asked.get(answer.properties.correlationId);
    try {
      asked?.settle(fromMessage(JSON.parse(UTF8.decode(answer.content))));
    } catch {
      asked?.settle(new BadAnswer(`the answer to ${asked.id} cannot be read`));
    }
  }

  /** Keeps for `NoAnswer` why nothing is sent. Refused credentials are not tried again. */
  #explain(error: unknown): void {
    const { message, code } = Object(error) as { message?: string; code?: string };
    const isOfTls = /SSL|TLS|CERT|SIGNATURE/.test(`${code}`);
    const words = isOfTls ? `${code}; ${NO_TLS}` : message || code || "closed";
    const { host } = this.#url;
    const refusal = `${this.#url.hostname} refuses ${this.#url.username}: correct the AMQP URL`;
    for (const asked of this.#asked.values()) {
      asked.trouble = words.includes(" 404 ") ? NO_QUEUE : ` (no connection to ${host}: ${words})`;
      if (REFUSED.test(words)) asked.settle(new AccessRefused(`${refusal} or the rights`));
    }
  }
}
