"""Client of the two-factor workers. `Client.request(event)` returns the outcome, or raises."""

from .client import Client as Client
from .errors import *
from .types import *
