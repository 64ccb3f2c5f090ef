// All tests, one after the other: what the scenarios do to the stack befalls every other test too.

await import("./fake.test.js");
await import("./client.test.js");
await import("./readme.test.js");
await import("./scenarios.test.js");
