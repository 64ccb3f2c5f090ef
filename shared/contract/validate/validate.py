"""Reads the published contract with Python's jsonschema: `python3 validate.py FOLDER`."""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

folder = Path(sys.argv[1])
formats = Draft202012Validator.FORMAT_CHECKER
complaints = []
validators = {}
for path in sorted((folder / "schema").glob("*.json")):
    schema = json.loads(path.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    validators[schema["title"]] = Draft202012Validator(schema, format_checker=formats)
examples = sorted((folder / "examples").glob("*.json"))
for path in examples:
    example = json.loads(path.read_text("utf-8"))
    for error in validators[example["type"]].iter_errors(example):
        complaints.append(f"examples/{path.name} at {error.json_path}: {error.message}")
print(f"jsonschema: {len(validators)} schemas, {len(examples)} examples")
if complaints:
    sys.exit("\n".join(complaints))
