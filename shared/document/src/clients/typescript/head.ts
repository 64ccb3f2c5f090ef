/**
 * The events that a CRM sends and the outcomes that it gets.
 *
 * They have the form of the wire. A secret prints as [secret], and reveal() gives it.
 */

import { createHmac, randomBytes } from "node:crypto";

const KEY = randomBytes(32);

/** A value that is shown to its person and printed nowhere: a code, a token, a key, a number. */
export class Secret<T = string> {
  readonly #value: T;
  /** Makes secrets deeply equal where their values are, and tells nobody the value. */
  readonly mark: string;

  constructor(value: T) {
    this.#value = value;
    this.mark = createHmac("sha256", KEY).update(JSON.stringify(value)).digest("base64");
  }

  /** The value. Show it to its person; do not log it, and do not keep it. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

type Read<T> = (value: unknown) => T;

/** Names the member that is wrong, and never its value, which may be a secret. */
function at<T>(name: string, value: unknown, read: Read<T>): T {
  try {
    return read(value);
  } catch (problem) {
    throw new TypeError(`${name}: ${problem instanceof TypeError ? problem.message : "is wrong"}`);
  }
}

function required<T>(read: Read<T>): Read<T> {
  return (value) => {
    if (value === undefined || value === null) throw new TypeError("is missing");
    return read(value);
  };
}

function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value) => (value === undefined || value === null ? undefined : read(value));
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("must be a string");
  return value;
}

function integer(value: unknown): number {
  if (!Number.isInteger(value)) throw new TypeError("must be an integer");
  return value as number;
}

function flag(value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError("must be true or false");
  return value;
}

function known<T extends string>(values: readonly T[], otherwise: T): Read<T> {
  return (value) => values.find((one) => one === text(value)) ?? otherwise;
}

function members(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError("must be an object");
  }
  return value as Record<string, unknown>;
}

/** Reads an object of the members that are known, and drops the others. */
function object<T>(readers: { [K in keyof T]-?: Read<T[K]> }): Read<T> {
  return (value) => {
    const all = members(value);
    const found: Record<string, unknown> = {};
    for (const [name, read] of Object.entries<Read<unknown>>(readers)) {
      const member = at(name, Object.hasOwn(all, name) ? all[name] : undefined, read);
      if (member !== undefined) found[name] = member;
    }
    return found as T;
  };
}

function each<T>(read: Read<T>): Read<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new TypeError("must be an array");
    return value.map((one) => read(one));
  };
}

function secret<T>(read: Read<T>): Read<Secret<T>> {
  return (value) => new Secret(read(value));
}
