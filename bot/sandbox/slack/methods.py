"""What a method of the Web API is: a function from arguments to an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Arguments: TypeAlias = dict[str, Any]
Method: TypeAlias = Callable[[Arguments], dict[str, Any]]
