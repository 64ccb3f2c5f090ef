// Compiled, and never run: what TypeScript tells a CRM's developer, and what it must not accept.

import { Client, type LoginAttempted, NoAnswer, type Outcome, Secret } from "@twofactor/client";
import { FakeClient } from "@twofactor/client/fake";

type Requests = Pick<Client, "request">;

export const clients: Requests[] = [new Client("amqps://h"), new FakeClient()];

export const login: LoginAttempted = {
  type: "login.attempted.v1",
  data: { tenant_id: "t", user_id: "u", session_id: "s", ip: "::1", remember_token: new Secret("x") },
};

/** Outcomes are told apart by their type; nothing but an acceptance has `via`. */
export function shown(outcome: Outcome): string {
  switch (outcome.type) {
    case "login.accepted.v1":
      return outcome.data.via;
    case "login.rejected.v1":
      return `${outcome.data.message} ${outcome.data.retry_after_seconds ?? 0}`;
    case "unknown":
      return outcome.received_type;
    default:
      // @ts-expect-error Another outcome lets nobody in.
      return outcome.data.via;
  }
}

export async function asked(client: Requests): Promise<string> {
  try {
    return shown(await client.request(login, { time: new Date() }));
  } catch (error) {
    if (error instanceof NoAnswer) return error.id;
    throw error;
  }
}

// @ts-expect-error There is no such type.
export const misspelt: Parameters<Requests["request"]>[0] = { type: "login.atempted.v1", data: {} };

// @ts-expect-error An ip is required.
export const short: LoginAttempted = { ...login, data: { tenant_id: "t", user_id: "u" } };

// @ts-expect-error A secret is no string: it has to be revealed.
export const revealed: string = new Secret("x");
