"""The part of JSON Schema that doc/openapi.yaml uses: does a value fit, and values that fit or nearly do."""
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


class Schemas:
    def __init__(self, api):
        self.api = api

    def of(self, schema):
        while "$ref" in schema:
            found = self.api
            for step in schema["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            schema = found
        return schema

    def check(self, value, schema, where="$"):
        schema = self.of(schema)
        if "enum" in schema:
            assert value in schema["enum"], f"{where}: {value!r} is none of {schema['enum']}"
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        assert not kinds or any(is_type(value, kind) for kind in kinds), f"{where}: {value!r} is no {kinds}"
        if isinstance(value, str) and "pattern" in schema:
            assert re.search(schema["pattern"], value), f"{where}: {value!r} does not look like {schema['pattern']}"
        for least, most, size in (("minLength", "maxLength", len(value) if isinstance(value, str) else None),
                                  ("minItems", "maxItems", len(value) if isinstance(value, list) else None),
                                  ("minimum", "maximum", value if is_type(value, "number") else None)):
            assert size is None or schema.get(least, size) <= size <= schema.get(most, size), f"{where}: {size} is out of bounds"
        if isinstance(value, dict):
            for name in schema.get("required", []):
                assert name in value, f"{where}: lacks {name}"
            for name, entry in value.items():
                if name in schema.get("properties", {}):
                    self.check(entry, schema["properties"][name], f"{where}.{name}")
                elif isinstance(schema.get("additionalProperties"), dict):
                    self.check(entry, schema["additionalProperties"], f"{where}.{name}")
                else:
                    assert schema.get("additionalProperties") is not False, f"{where}: {name} is not described"
        if isinstance(value, list) and "items" in schema:
            for at, entry in enumerate(value):
                self.check(entry, schema["items"], f"{where}[{at}]")

    def some(self, schema, random):
        """A value that fits, more or less."""
        schema = self.of(schema)
        if "enum" in schema:
            return random.choice(schema["enum"])
        kind = schema.get("type", "string")
        kind = random.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            made = {name: self.some(entry, random) for name, entry in schema.get("properties", {}).items()
                    if name in schema.get("required", []) or random.random() < 0.6}
            if isinstance(schema.get("additionalProperties"), dict):
                for _ in range(random.randint(1, 4)):
                    made[self.word(random)] = self.some(schema["additionalProperties"], random)
            return made
        if kind == "array":
            return [self.some(schema["items"], random) for _ in range(random.randint(schema.get("minItems", 0), 3))]
        if kind == "integer":
            return random.choice([0, 1, 7, 200, 2 ** 31, 2 ** 53])
        if kind == "boolean":
            return random.random() < 0.5
        if kind == "null":
            return None
        if schema.get("pattern") == "^[0-9a-f]{64}$":
            return "".join(random.choice("0123456789abcdef") for _ in range(64))
        return self.word(random)

    def word(self, random):
        return random.choice(["people", "sector", "automotive", "2022-12-11T09:30:00+08:00", "true", "我们", "x" * 300, "",
                              "a\nb", "\u202e\u0007", "'; drop table cases; --", "-1", "9" * 40, "\U0001f600", "lead"])

    def spoiled(self, value, random):
        """The same with something wrong in it."""
        if isinstance(value, dict) and value and random.random() < 0.7:
            name = random.choice(list(value))
            return {**value, name: self.spoiled(value[name], random)}
        if isinstance(value, list) and value and random.random() < 0.5:
            return [self.spoiled(value[0], random)] + value[1:]
        return random.choice([None, [], {}, "", -1, 1.5, 1e300, True, "x" * 70000, [[[[]]]], {"a": {"b": {}}}, "\u0000",
                              "\ud800", 2 ** 63 - 1])
