"""Why a request has no outcome. None of these lets anybody in, and none shows a secret."""


class ClientError(Exception):
    """A request has no outcome: let nobody in."""


class NoAnswer(ClientError):
    """No outcome came in time. `type` and `id` are those of the event."""

    def __init__(self, type: str, id: str, why: str) -> None:
        self.type, self.id, advice = type, id, "let nobody in, and ask the person to try again"
        super().__init__(f"no answer to {type} {id} {why}; {advice}")


class BadAnswer(ClientError):
    """The answer cannot be read. The message shows nothing of its content."""


class AccessRefused(ClientError):
    """The broker refuses the user: correct the AMQP URL or the rights. Is not tried again."""
