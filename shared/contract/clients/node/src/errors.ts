/** Why a request has no outcome. None of these lets anybody in, and none shows a secret. */

/** A request has no outcome: let nobody in. */
export class ClientError extends Error {
  override readonly name: string = this.constructor.name;
}

/** No outcome came in time. `type` and `id` are those of the event. */
export class NoAnswer extends ClientError {
  constructor(readonly type: string, readonly id: string, why: string) {
    super(`no answer to ${type} ${id} ${why}; let nobody in, and ask the person to try again`);
  }
}

/** The answer cannot be read. The message shows nothing of its content. */
export class BadAnswer extends ClientError {}

/** The broker refuses the user. Trying again does not help: correct the AMQP URL or the rights. */
export class AccessRefused extends ClientError {}
