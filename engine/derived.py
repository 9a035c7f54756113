"""What a transform gives back: a derivative of a function, as a function itself.

A nested function would do, but it cannot be pickled, so not sent to a worker process.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper
from inspect import Parameter, Signature
from typing import Any

from .op import find
from .runs import Function, title

__all__ = ["Derived", "Pullback"]


class Derived:
    """A derivative of a function f, under f's name, signature and docstring.

    function    what a call does
    maker       the transform; `maker(f, *settings)` makes it again, from a pickle
    said        what its repr tells of the settings

    `__wrapped__` is f. In the body of a class it is a method, as a function is.
    """

    __name__: str
    __qualname__: str
    __wrapped__: Function

    def __init__(
        self,
        function: Function,
        maker: Callable[..., Any],
        f: Function,
        *settings: Any,
        said: str = "",
    ) -> None:
        update_wrapper(self, f, ("__module__", "__doc__"), ())
        self.__name__ = title(f)
        self.__qualname__ = getattr(f, "__qualname__", self.__name__)
        self._function, self._said = function, said
        self._made = maker, (f, *settings)

    def __call__(self, /, *primals: Any, **options: Any) -> Any:
        return self._function(*primals, **options)

    def __get__(self, instance: Any, owner: Any = None) -> Function:
        # no bound method: pickle would look that up by f's name, and find f
        return self if instance is None else partial(self, instance)

    def __repr__(self) -> str:
        return f"<{self._made[0].__name__} of {self.__name__}{self._said}>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        name = self.__qualname__
        try:
            found = find(self.__module__, name)
        except (AttributeError, ImportError):
            found = None
        if found is self:  # it stands above f's definition, as a decorator
            return name
        told = {k: v for k, v in vars(self).items() if not k.startswith("_")}
        return (*self._made, told or None)


class Pullback(Derived):
    """The function that `vjp` returns beside f's value; it takes a cotangent."""

    __signature__ = Signature([Parameter("cotangent", Parameter.POSITIONAL_OR_KEYWORD)])
