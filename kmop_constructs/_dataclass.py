"""`dataclass` of the standard library, at a quarter of its cost at import.

The standard library compiles six functions for a frozen class; here one is compiled and the others are shared, as it takes a
third of a second otherwise to import this package. The classes are dataclasses in every respect: `fields`, `replace`, subclasses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        *, frozen: bool = False, kw_only: bool = False, slots: bool = False, eq: bool = True, order: bool = False
    ):
        """What `dataclasses.dataclass` does."""

        def make(kind: type) -> type:
            if order or not frozen:
                return dataclasses.dataclass(frozen=frozen, kw_only=kw_only, slots=slots, eq=eq, order=order)(kind)
            own = vars(kind).copy()
            bases = [each.__dataclass_params__ for each in kind.__mro__[1:] if "__dataclass_params__" in vars(each)]
            # The standard library wants a subclass to be as frozen as its bases, and compiles two functions for it.
            for each in bases:
                each.frozen = False
            try:
                made = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=kw_only, slots=slots)(kind)
            finally:
                for each in bases:
                    each.frozen = True
            made.__dataclass_params__.frozen = True
            for name, function in _write_methods(made, eq=eq).items():
                if name not in own:
                    function.__name__, function.__qualname__ = name, f"{made.__qualname__}.{name}"
                    setattr(made, name, function)
            return made

        return make


def _write_methods(kind: type, *, eq: bool) -> dict[str, Callable[..., Any]]:
    fields = dataclasses.fields(kind)
    names = [each.name for each in fields]
    shown = [each.name for each in fields if each.repr]
    read_all = _make_reader(names)
    read_compared = _make_reader([each.name for each in fields if each.compare])
    read_hashed = _make_reader([each.name for each in fields if (each.compare if each.hash is None else each.hash)])

    def refuse(value: object, name: str, problem: str) -> None:
        if type(value) is kind or name in names:
            raise dataclasses.FrozenInstanceError(f"cannot {problem} field {name!r}")

    def put(self: object, name: str, value: object) -> None:
        refuse(self, name, "assign to")
        object.__setattr__(self, name, value)

    def delete(self: object, name: str) -> None:
        refuse(self, name, "delete")
        object.__delattr__(self, name)

    @recursive_repr()
    def show(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def equal(self: object, other: object) -> bool:
        return read_compared(self) == read_compared(other) if type(self) is type(other) else NotImplemented

    def compute_hash(self: object) -> int:
        return hash(read_hashed(self))

    def read_state(self: object) -> tuple[object, ...]:
        return read_all(self)

    def restore(self: object, state: tuple[object, ...]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__init__": _write_init(fields, hasattr(kind, "__post_init__")),
        "__setattr__": put,
        "__delattr__": delete,
        "__repr__": show,
        "__getstate__": read_state,
        "__setstate__": restore,
        **({"__eq__": equal, "__hash__": compute_hash} if eq else {}),
    }


def _make_reader(names: list[str]) -> Callable[[object], tuple[object, ...]]:
    match names:
        case []:
            return lambda _: ()
        case [name]:
            return lambda value: (getattr(value, name),)
        case _:
            return attrgetter(*names)


def _write_init(fields: tuple[dataclasses.Field[Any], ...], has_post_init: bool) -> Callable[..., None]:
    scope: dict[str, Any] = {"put": object.__setattr__, "nothing": dataclasses.MISSING}
    plain: list[str] = []
    keyword: list[str] = []
    body: list[str] = []
    for each in fields:
        name = each.name
        parameter, value = name, name
        if each.default_factory is not dataclasses.MISSING:
            scope[f"_new_{name}"] = each.default_factory
            parameter, value = f"{name}=nothing", f"_new_{name}() if {name} is nothing else {name}"
        elif each.default is not dataclasses.MISSING:
            scope[f"_default_{name}"] = each.default
            parameter = f"{name}=_default_{name}"
        (keyword if each.kw_only else plain).append(parameter)
        body.append(f" put(self, {name!r}, {value})")
    if has_post_init:
        body.append(" self.__post_init__()")
    star = ["*"] if keyword else []
    exec(f"def __init__({', '.join(['self', *plain, *star, *keyword])}):\n" + "\n".join(body or [" pass"]), scope)  # noqa: S102
    init = scope["__init__"]
    init.__annotations__ = {**{each.name: each.type for each in fields}, "return": None}
    return init
