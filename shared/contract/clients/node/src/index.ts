/** Client of the two-factor workers: `Client.request(event)` resolves to the outcome, or rejects. */

export * from "./client.js";
export * from "./errors.js";
export * from "./types.js";
