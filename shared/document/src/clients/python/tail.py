

def to_data(event: Event) -> dict[str, Any]:
    """Returns the event's `data` for the wire. Its secrets are revealed: never print it.

    Raises ValueError for a time without a time zone.
    """
    data: dict[str, Any] = _plain(event)
    return data


def from_message(message: object) -> Outcome:
    """Reads an outcome from its message, a CloudEvent that was read from JSON.

    Raises ValueError where it is none: it names the member that is missing or wrong, never a value.
    """
    event = _object(message)
    if event.get("specversion") != "1.0":
        raise ValueError("specversion: must be 1.0")
    name = _required(event, "type", _text)
    data = _required(event, "data", _object)
    envelope = Envelope.from_message(event)
    known = OUTCOMES.get(name)
    if known is None:
        return UnknownOutcome(type=name, data=Secret(data), envelope=envelope)
    try:
        outcome: Outcome = known.from_data(data, envelope)
        return outcome
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from None
