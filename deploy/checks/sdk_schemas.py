"""JSON schemas of the request models in the vendors' SDKs, which themselves let unknown keys and wrong types pass.

Each function takes a model's class and gives the schema of its wire format. No schema has a required key: what a
request needs, only the platform knows; that nothing is misspelt or of a wrong type is what the models can tell.
"""

import inspect
import re
import sys
from typing import Any, ForwardRef, Union, get_args, get_origin

Schema = dict[str, Any]

_PRIMITIVES: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "Any": {},
    "any": {},
    "object": {},
}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _named(name: str, models: Any, of_model: Any) -> Schema:
    """The schema of a type as annotations and docstrings spell it: ``List[x.Y]``, ``dict(str, Y)``, ``list of Y``."""
    name = name.strip()
    if match := re.fullmatch(r"(?:[Ll]ist\[(.+)\]|list of (.+))", name):
        return {"type": "array", "items": _named(match[1] or match[2], models, of_model)}
    if match := re.fullmatch(r"(?:[Dd]ict[\[(])str, ?(.+)[\])]", name):
        return {"type": "object", "additionalProperties": _named(match[1], models, of_model)}
    if name in _PRIMITIVES:
        return _PRIMITIVES[name]
    return of_model(getattr(models, name.strip("`").rpartition(".")[2]))  # type: ignore[no-any-return]


def of_alibaba_model(model: Any) -> Schema:
    """Of a model of Alibaba Cloud's SDKs: attributes from the constructor, their keys from what ``to_map`` writes."""
    models = sys.modules[model.__module__.rpartition(".")[0]]
    properties, source = {}, inspect.getsource(model.to_map)
    for attribute, parameter in list(inspect.signature(model.__init__).parameters.items())[1:]:
        found = re.search(
            rf"result\['([^']+)'\] = (?:\[\]|\{{\}})\s+if self\.{attribute} is not None:"
            rf"|if self\.{attribute} is not None:\s+result\['([^']+)'\]",
            source,
        )
        if found is None:
            raise LookupError(f"{model.__name__}.{attribute} has no key")
        properties[found[1] or found[2]] = _named(str(parameter.annotation), models, of_alibaba_model)
    return _object(properties)


def of_tencent_model(model: Any) -> Schema:
    """Of a model of Tencent Cloud's SDK, whose types stand in its constructor's docstring alone."""
    models = sys.modules[model.__module__]
    types = re.findall(r":type (\w+): (?::class:)?(.+)", model.__init__.__doc__ or "")
    return _object({key: _named(spelt, models, of_tencent_model) for key, spelt in types})


def of_huawei_model(model: Any) -> Schema:
    """Of a model of Huawei Cloud's SDK."""
    models = sys.modules[model.__module__.rpartition(".")[0]]
    keys = model.attribute_map
    return _object({keys[name]: _named(spelt, models, of_huawei_model) for name, spelt in model.openapi_types.items()})


def of_azure_model(model: Any) -> Schema:
    """Of a model of Azure's SDK: the fields of it and of its bases, by their names on the wire."""
    properties: dict[str, Schema] = {}
    for base in reversed(model.__mro__):
        models = sys.modules[base.__module__]
        for attribute, annotation in getattr(base, "__annotations__", {}).items():
            field = vars(base).get(attribute)
            if hasattr(field, "_rest_name_input"):
                properties[field._rest_name_input or attribute] = _annotated(annotation, models)
    return _object(properties)


def _annotated(annotation: Any, models: Any) -> Schema:
    if isinstance(annotation, str | ForwardRef):
        name = annotation if isinstance(annotation, str) else annotation.__forward_arg__
        return _PRIMITIVES[name] if name in _PRIMITIVES else _annotated(_resolve(name, models), models)
    if origin := get_origin(annotation):
        return _generic(origin, get_args(annotation), models)
    if hasattr(annotation, "__members__"):
        return {"enum": [member.value for member in annotation]}
    if annotation.__module__.startswith("azure"):
        return of_azure_model(annotation)
    return _PRIMITIVES.get(annotation.__name__, {})


def _generic(origin: Any, arguments: tuple[Any, ...], models: Any) -> Schema:
    schemas = [_annotated(argument, models) for argument in arguments if argument is not type(None)]
    if origin is Union:
        # `str` or an enumeration of the known values: the platform refuses others.
        return next((schema for schema in schemas if "enum" in schema), schemas[0])
    if origin is list:
        return {"type": "array", "items": schemas[0]}
    return {"type": "object", "additionalProperties": schemas[1]}


def _resolve(name: str, models: Any) -> Any:
    """A forward reference such as ``_models.Scale``, or ``list["_models.Scale"]``, in the SDK's own names."""
    package = sys.modules[models.__name__.rpartition(".")[0]]
    return eval(name, {**vars(models), "_models": package, "Union": Union})  # noqa: S307 - the SDK's own annotation


def of_pydantic_model(model: Any) -> Schema:
    """Of a pydantic model, which would ignore what it does not know."""
    schema: Schema = model.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        if part.get("properties"):
            part.setdefault("additionalProperties", False)
    return schema
