// An authenticator app of the suite's own, RFC 6238: SHA-1, 6 digits, 30 s.
//
// It shares no code with the product, so that an error on one side is seen. Each step's code is given
// out once, since each is accepted once.

import { createHmac } from "node:crypto";

const STEP = 30;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class Authenticator {
  #secret;
  #given = new Set();

  /** Takes the key as a page shows it, in groups or not. */
  constructor(key) {
    const letters = key.replace(/\s/g, "").toUpperCase();
    const bits = [...letters].map((one) => ALPHABET.indexOf(one).toString(2).padStart(5, "0"));
    const octets = bits.join("").match(/.{8}/g);
    this.#secret = Buffer.from(octets.map((octet) => parseInt(octet, 2)));
  }

  /** A code that is good now and was not given out before; there are two in each half minute. */
  code() {
    const now = Math.floor(Date.now() / 1000 / STEP);
    const step = [now, now + 1].find((one) => !this.#given.has(one));
    if (step === undefined) throw new Error("both codes of this half minute were given out");
    this.#given.add(step);
    return this.#at(step);
  }

  /** The code that was given out last. */
  usedCode() {
    return this.#at([...this.#given].at(-1));
  }

  /** A well-formed code that is shown nowhere within an hour. */
  wrongCode() {
    const now = Math.floor(Date.now() / 1000 / STEP);
    const shown = new Set();
    for (let step = now - 120; step <= now + 120; step += 1) shown.add(this.#at(step));
    let code = Number(this.#at(now));
    do code = (code + 1) % 1_000_000;
    while (shown.has(digits(code)));
    return digits(code);
  }

  #at(step) {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const digest = createHmac("sha1", this.#secret).update(counter).digest();
    const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
    return digits(number % 1_000_000);
  }
}

function digits(code) {
  return String(code).padStart(6, "0");
}
