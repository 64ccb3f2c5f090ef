"""The events that a CRM sends and the outcomes that it gets, as classes.

Members are named as on the wire. A member that is absent is None. A secret prints as [secret], and
reveal() gives it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar, Union, get_args

T = TypeVar("T")


class Secret(Generic[T]):
    """A value that is shown to its person and printed nowhere: a code, a token, a key, a number."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """Returns the value. Show it to its person; do not log it, and do not keep it."""
        return self._value

    def __repr__(self) -> str:
        return "[secret]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a secret is not pickled; reveal() gives its value")

    def __copy__(self) -> Secret[T]:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret[T]:
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownOutcome:
    """An outcome of a type that this version does not know. It is no acceptance."""

    type: str
    """The CloudEvents type."""
    data: Secret[Mapping[str, Any]]
    """Its members; a secret, since any of them may be one."""
    envelope: Envelope
    """The attributes around it."""


def _required(data: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T:
    # A value is never part of what is raised: it may be a secret.
    try:
        if data.get(name) is None:
            raise ValueError("is missing")
        return read(data[name])
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from None


def _optional(data: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T | None:
    return None if data.get(name) is None else _required(data, name, read)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("must be an integer")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(_text(value).replace("Z", "+00:00"))
    except ValueError:
        raise ValueError("must be a time with an offset") from None
    if time.tzinfo is None:
        raise ValueError("must be a time with an offset")
    return time


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError("must be an object")
    return value


def _inner(read: Callable[[Mapping[str, Any]], T]) -> Callable[[Any], T]:
    return lambda value: read(_object(value))


def _each(read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    def read_each(value: object) -> tuple[T, ...]:
        if not isinstance(value, (list, tuple)):
            raise ValueError("must be an array")
        return tuple(read(one) for one in value)

    return read_each


def _secret(read: Callable[[Any], T]) -> Callable[[Any], Secret[T]]:
    return lambda value: Secret(read(value))


def _known(value: object, known: tuple[str, ...], otherwise: str) -> Any:
    text = _text(value)
    return text if text in known else otherwise


def _conceal(event: object, name: str) -> None:
    value = getattr(event, name)
    if value is not None and not isinstance(value, Secret):
        object.__setattr__(event, name, Secret(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return _plain(value.reveal())
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time needs its time zone: datetime.now(timezone.utc)")
        return value.isoformat()
    if is_dataclass(value):
        members = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: _plain(member) for name, member in members if member is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value
