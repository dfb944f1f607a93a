"""Annotations of keys, opened: which models a value may be made of, through unions, lists and mappings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel


def models_at(kind: type[BaseModel], raw: Any, path: Sequence[Any]) -> list[type[BaseModel]]:
    """What the nested object of `raw` at `path` may be: of several models, those whose fixed words it has."""
    types: list[Any] = [kind]
    for part in path:
        types = [inner for annotation in types for inner in _inside(annotation, part)]
        raw = raw[part]
    models = [model for model in types if is_model(model)]
    return [model for model in models if _has_words_of(model, raw)] or models


def types_below(kind: type[BaseModel], path: str) -> list[Any]:
    """The types of what may stand at a dotted path, whatever the other values are; none where it leads nowhere."""
    types: list[Any] = [kind]
    for part in path.split("."):
        types = [inner for annotation in types for inner in _inside(annotation, int(part) if part.isdecimal() else part)]
    return types


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a value of this type is or holds, one deep."""
    for kind in alternatives(annotation):
        if is_model(kind):
            yield kind
        elif get_origin(kind) is not Literal:
            for inner in get_args(kind):
                yield from models_in(inner)


def models_reached(kind: type[BaseModel]) -> list[type[BaseModel]]:
    """A model and all that its values may hold, however deep, each once."""
    reached = [kind]
    for model in reached:
        for field in model.model_fields.values():
            reached += [inner for inner in dict.fromkeys(models_in(field.annotation)) if inner not in reached]
    return reached


def is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _inside(annotation: Any, part: Any) -> Iterator[Any]:
    """The types that the element or field `part` of a value of this type may have, unions and wrappers opened."""
    if is_model(annotation):
        if part in annotation.model_fields:
            yield from alternatives(annotation.model_fields[part].annotation)
        return
    origin, inner = get_origin(annotation), get_args(annotation)
    if not inner or not isinstance(origin, type):
        return
    if issubclass(origin, tuple) and Ellipsis not in inner:
        if isinstance(part, int) and part < len(inner):
            yield from alternatives(inner[part])
    else:
        yield from alternatives(inner[1] if issubclass(origin, Mapping) else inner[0])


def alternatives(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from alternatives(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for branch in get_args(annotation):
            yield from alternatives(branch)
    else:
        yield annotation


def _has_words_of(model: type[BaseModel], raw: Mapping[str, Any]) -> bool:
    fields = model.model_fields.items()
    choices = {name: get_args(field.annotation) for name, field in fields if get_origin(field.annotation) is Literal}
    return all(raw[name] in allowed for name, allowed in choices.items() if name in raw)
