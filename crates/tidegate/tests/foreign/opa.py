"""`opa eval` as far as the tests call it, by OPA's own engine.

    opa eval --format json --data DIR --input FILE QUERY

A program named `opa` does the same with the same arguments; the tests take either (`TIDEGATE_OPA`).
"""

import argparse
import json
import pathlib
import sys

from opa_bindings import OpaEngine, OpaError


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["eval"])
    parser.add_argument("--format", choices=["json"], required=True)
    parser.add_argument("--data", action="append", default=[])
    parser.add_argument("--input", required=True)
    parser.add_argument("--v0-compatible", action="store_true")
    parser.add_argument("query")
    args = parser.parse_args()
    with OpaEngine() as engine:
        for folder in map(pathlib.Path, args.data):
            for path in sorted(folder.rglob("*.rego")) if folder.is_dir() else [folder]:
                engine.add_policy(str(path), path.read_text(encoding="utf-8"))
        given = json.loads(pathlib.Path(args.input).read_text(encoding="utf-8"))
        try:
            bindings = engine.eval_query(f"x := {args.query}", given)
        except OpaError as error:
            json.dump({"errors": [{"message": str(error)}]}, sys.stdout)
            sys.exit(2)
        result = [{"expressions": [{"value": one["x"], "text": args.query}]} for one in bindings]
        json.dump({"result": result} if result else {}, sys.stdout)


main()
