/** A client without a broker, for a CRM's own tests. It answers from the published examples. */

import { readFileSync } from "node:fs";
import type { Attributes, Client } from "./client.js";
import { NoAnswer } from "./errors.js";
import { concealed, type Event, fromMessage, type Outcome, toData } from "./types.js";

type Message = Record<string, unknown> & { data: Record<string, unknown> };

const IDS = ["tenant_id", "user_id", "session_id", "admin_id", "viewer_id"];
const FILE = new URL("../src/examples.json", import.meta.url);
const EXAMPLES = new Map<string, Message>(Object.entries(JSON.parse(readFileSync(FILE, "utf8"))));

/** Has the `request` of `Client`. Each request takes the next of the answers that were set. */
export class FakeClient implements Pick<Client, "request" | "close"> {
  /** The events that were asked, oldest first. */
  readonly requests: Event[] = [];
  readonly #answers: (Message | undefined)[] = [];

  /**
   * Sets the answer to the next request that has none: the example of this outcome, and of this
   * `reason` where it is given.
   *
   * Other members of its `data` that are given replace those of the example; `undefined` leaves one
   * out. Its ids are those of the request.
   *
   * @throws TypeError where no such example is published.
   */
  answers(type: string, { reason, ...members }: Record<string, unknown> = {}): void {
    const name = reason === undefined ? type : `${type}#${reason}`;
    const example = EXAMPLES.get(name);
    if (example === undefined) {
      const known = [...EXAMPLES.keys()].filter((key) => key.startsWith(type)).join(", ");
      throw new TypeError(`no example of ${name} is published; of its type: ${known || "none"}`);
    }
    this.#answers.push({ ...example, data: { ...example.data, ...members } });
  }

  /** Makes the next request that has no answer yet reject with `NoAnswer`. */
  noAnswer(): void {
    this.#answers.push(undefined);
  }

  /** Resolves to the answer that was set, or rejects with `NoAnswer` where that was set. */
  async request(event: Event, _attributes: Attributes = {}): Promise<Outcome> {
    this.requests.push(concealed(event));
    const id = `fake-${this.requests.length}`;
    if (this.#answers.length === 0) {
      throw new Error(`no answer to ${event.type} is set: call answers() before`);
    }
    const message = this.#answers.shift();
    if (message === undefined) throw new NoAnswer(event.type, id, "within 30 s");
    const asked = Object.entries(toData(event)).filter(([name]) => IDS.includes(name));
    const ids = Object.fromEntries(asked.filter(([name]) => name in message.data));
    return fromMessage({ ...message, causationid: id, data: { ...message.data, ...ids } });
  }

  /** Does nothing, as there is no connection. */
  async close(): Promise<void> {}
}
