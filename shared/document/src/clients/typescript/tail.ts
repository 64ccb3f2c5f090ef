
function plain(value: unknown): unknown {
  if (value instanceof Secret) return plain(value.reveal());
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(present.map(([name, member]) => [name, plain(member)]));
}

/** The event's `data` for the wire. Its secrets are revealed: never print it. */
export function toData(event: Event): Record<string, unknown> {
  return plain(event.data) as Record<string, unknown>;
}

function concealedAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (value === undefined || value === null || value instanceof Secret) return value;
  if (name === undefined) return new Secret(value);
  if (typeof value !== "object") return value;
  const all = value as Record<string, unknown>;
  return Object.hasOwn(all, name) ? { ...all, [name]: concealedAt(all[name], rest) } : value;
}

/** The event with a Secret wherever plain JavaScript gave a string for one. */
export function concealed<E extends Event>(event: E): E {
  const places: readonly (readonly string[])[] = SECRETS[event.type] ?? [];
  return { ...event, data: places.reduce<unknown>(concealedAt, event.data) };
}

/**
 * Reads an outcome from its message, a CloudEvent that JSON.parse made an object.
 *
 * @throws TypeError where it is none: it names the member that is missing or wrong, never a value
 */
export function fromMessage(message: unknown): Outcome {
  const all = members(message);
  if (all["specversion"] !== "1.0") throw new TypeError("specversion: must be 1.0");
  const type = at("type", all["type"], required(text));
  const data = at("data", all["data"], required(members));
  const envelope = ENVELOPE(all);
  if (!Object.hasOwn(OUTCOMES, type)) {
    return { ...envelope, type: "unknown", received_type: type, data: new Secret(data) };
  }
  const read: Read<unknown> = OUTCOMES[type as keyof typeof OUTCOMES];
  return { ...envelope, type, data: at(type, data, read) } as Outcome;
}
