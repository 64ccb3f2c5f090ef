"""A client without a broker, for a CRM's own tests. It answers from the published examples."""

from __future__ import annotations

import json
from collections import deque
from contextlib import AbstractContextManager
from datetime import datetime
from importlib.resources import files
from typing import Any

from .errors import NoAnswer
from .types import Event, Outcome, from_message, to_data

_IDS = ("tenant_id", "user_id", "session_id", "admin_id", "viewer_id")


class FakeClient(AbstractContextManager["FakeClient"]):
    """Has the `request` of `Client`. Each request takes the next of the answers that were set.

    `requests` are the events that were asked, oldest first.
    """

    def __init__(self) -> None:
        self.requests: list[Event] = []
        self._answers: deque[dict[str, Any] | None] = deque()
        published = files(__package__).joinpath("examples.json").read_text(encoding="utf-8")
        self._examples: dict[str, dict[str, Any]] = json.loads(published)

    def answers(self, type: str, *, reason: str | None = None, **members: Any) -> None:
        """Sets the answer to the next request that has none: the example of this outcome.

        Members of its `data` that are given replace those of the example; None leaves one out. Its
        ids are those of the request. Raises ValueError where no such example is published.
        """
        name = type if reason is None else f"{type}#{reason}"
        if name not in self._examples:
            known = ", ".join(key for key in self._examples if key.startswith(type)) or "none"
            raise ValueError(f"no example of {name} is published; of its type: {known}")
        data = self._examples[name]["data"] | members
        data = {name: value for name, value in data.items() if value is not None}
        self._answers.append({**self._examples[name], "data": data})

    def no_answer(self) -> None:
        """Makes the next request that has no answer yet raise `NoAnswer`."""
        self._answers.append(None)

    def request(self, event: Event, *, time: datetime | None = None, **attributes: str) -> Outcome:
        """Returns the answer that was set, or raises `NoAnswer` where that was set."""
        self.requests.append(event)
        id = f"fake-{len(self.requests)}"
        if not self._answers:
            raise AssertionError(f"no answer to {event.TYPE} is set: call answers() before")
        message = self._answers.popleft()
        if message is None:
            raise NoAnswer(event.TYPE, id, "within 30 s")
        asked = {key: value for key, value in to_data(event).items() if key in _IDS}
        data = {key: asked.get(key, value) for key, value in message["data"].items()}
        return from_message(message | {"causationid": id, "data": data})

    def close(self) -> None:
        """Does nothing, as there is no connection."""

    def __exit__(self, *_: object) -> None:
        self.close()
