"""What readers of others see in what `tidegate check` writes: `read.py WHAT FILE...`, as JSON.

Each reader is a function below and knows nothing about Tidegate; what must hold is in the tests.
"""

import contextlib
import gzip
import io
import json
import pathlib
import sys


def text(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def sarif(schema, path):
    """Faults by the schema, with formats; and the size that is uploaded."""
    import jsonschema

    document = json.loads(text(path))
    judge = jsonschema.Draft4Validator(
        json.loads(text(schema)), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    assert {"uri", "uri-reference"} & set(judge.format_checker.checkers), "no check of URIs"
    faults = [f"{list(fault.absolute_path)}: {fault.message[:300]}" for fault in judge.iter_errors(document)]
    return {"faults": faults[:20], "packed": len(gzip.compress(pathlib.Path(path).read_bytes()))}


def junit(schema, path):
    """Faults by the schema of Jenkins; and the cases that junitparser sees."""
    import junitparser
    import xmlschema

    faults = [str(fault)[:300] for fault in xmlschema.XMLSchema(schema).iter_errors(path)]
    cases = []
    for suite in junitparser.JUnitXml.fromfile(path):
        for case in suite:
            kinds = [type(result).__name__ for result in case.result]
            cases.append(
                {
                    "suite": suite.name,
                    "name": case.name,
                    "failures": [result.message for result in case.result if type(result).__name__ == "Failure"],
                    "errors": kinds.count("Error"),
                    "out": case.system_out or "",
                }
            )
    return {"faults": faults, "cases": cases}


def commands(path):
    """Workflow commands as the runner of GitHub Actions reads them; and each as an independent library
    writes what was read."""
    import github_action_utils

    def plain(value, escapes):
        for escape, letter in escapes:
            value = value.replace(escape, letter)
        return value.replace("%25", "%")

    breaks = [("%0D", "\r"), ("%0A", "\n")]
    seen = []
    for line in text(path).split("\n"):
        if not line.startswith("::"):
            seen.append({"text": line})
            continue
        head, data = line[2:].split("::", 1)
        name, _, rest = head.partition(" ")
        properties = dict(one.split("=", 1) for one in rest.split(","))
        properties = {
            key: plain(value, [*breaks, ("%3A", ":"), ("%2C", ",")]) for key, value in properties.items()
        }
        data = plain(data, breaks)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            getattr(github_action_utils, name)(data, **properties, use_subprocess=False)
        parts = [
            (sorted(head.split(" ", 1)[1].split(",")), rest)
            for head, rest in (one[2:].rstrip("\n").split("::", 1) for one in (line, said.getvalue()))
        ]
        seen.append({"text": line, "name": name, "data": data, "same": parts[0] == parts[1]})
        seen[-1] |= {"file": properties["file"], "title": properties["title"], "at": properties["line"]}
    return seen


def markdown(path):
    """Elements, attributes and text of the page that GitHub's dialect of Markdown makes of a file."""
    import html.parser

    import markdown_it

    reader = markdown_it.MarkdownIt("gfm-like", {"html": True, "linkify": True})
    reader.linkify.set({"fuzzy_link": False})
    page = {"elements": {}, "attributes": [], "plain": "", "code": "", "rows": []}

    class Reader(html.parser.HTMLParser):
        inside = 0

        def handle_starttag(self, tag, attrs):
            page["elements"][tag] = page["elements"].get(tag, 0) + 1
            page["attributes"] += [list(attr) for attr in attrs]
            self.inside += tag == "code"
            if tag == "tr":
                page["rows"].append(0)
            if tag in ("td", "th"):
                page["rows"][-1] += 1

        def handle_endtag(self, tag):
            self.inside -= tag == "code"

        def handle_data(self, data):
            page["code" if self.inside else "plain"] += data

        def handle_comment(self, data):
            page["elements"]["comment"] = 1

    Reader(convert_charrefs=True).feed(reader.render(text(path)))
    return page


def yaml(*paths):
    """The documents of YAML files, by PyYAML, whose `on` is a truth value."""
    import yaml as pyyaml

    return [document for path in paths for document in pyyaml.safe_load_all(text(path))]


def kubernetes(*paths):
    """What the schemas of Kubernetes say of each file, unknown fields refused."""
    import kubernetes_validate

    faults = []
    for document in yaml(*paths):
        try:
            kubernetes_validate.validate(document, "1.37", strict=True)
        except kubernetes_validate.ValidationError as fault:
            faults.append(str(fault.message)[:300])
    return faults


def sigma(pipeline, *paths):
    """The rules that pySigma reads in each file, what is wrong with them, and their fields after a pipeline."""
    from sigma.collection import SigmaCollection
    from sigma.processing.pipeline import ProcessingPipeline
    from sigma.rule import SigmaRule

    def fields(detection):
        for item in detection.detection_items:
            yield from fields(item) if hasattr(item, "detection_items") else [item.field]

    mapped = ProcessingPipeline.from_yaml(text(pipeline))
    files = []
    for path in paths:
        collection = SigmaCollection.from_yaml(text(path), collect_errors=True)
        faults = [str(fault) for fault in collection.errors]
        names = set()
        for rule in collection.rules:
            faults += [str(fault) for fault in rule.errors]
            if isinstance(rule, SigmaRule):
                mapped.apply(rule)
                for detection in rule.detection.detections.values():
                    names.update(name for name in fields(detection) if name)
        files.append({"rules": len(collection.rules), "faults": faults, "fields": sorted(names)})
    return files


def stix(*paths):
    """What the validator of OASIS finds, with every recommendation as an error; patterns included."""
    from stix2validator import ValidationOptions, validate_file

    options = ValidationOptions(strict=True, version="2.1")
    faults = {}
    for path in paths:
        result = validate_file(path, options)
        found = [str(error) for part in result.object_results or [result] for error in part.errors]
        assert result.is_valid or found, path
        faults[path] = found
    return faults


def navigator(*paths):
    """What MITRE's own library reads of a layer, strictly; only its part for layers is loaded."""
    import importlib.util
    import types

    package = pathlib.Path(importlib.util.find_spec("mitreattack").submodule_search_locations[0])
    for name, folder in (("mitreattack", package), ("mitreattack.navlayers", package / "navlayers")):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__path__ = [str(folder)]
    from mitreattack.navlayers.core.layer import Layer

    layers = {}
    for path in paths:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            layer = Layer(strict=True)
            layer.from_str(text(path))
            read = layer.to_dict()
        layers[path] = {
            "said": said.getvalue(),
            "layer": read["versions"]["layer"],
            "techniques": [one["techniqueID"] for one in read.get("techniques", [])],
        }
    return layers


def flow(schema, *paths):
    """Faults by the schema given, of the objects of Attack Flow."""
    import jsonschema

    judge = jsonschema.Draft202012Validator(json.loads(text(schema)))
    faults = {}
    for path in paths:
        objects = json.loads(text(path))["objects"]
        steps = [one for one in objects if one["type"].startswith("attack-") and one["type"] != "attack-pattern"]
        assert sum(one["type"] == "attack-flow" for one in steps) == 1, path
        faults[path] = [f"{one['id']}: {fault.message[:200]}" for one in steps for fault in judge.iter_errors(one)]
    return faults


def main():
    what, *args = sys.argv[1:]
    json.dump(globals()[what](*args), sys.stdout)


main()
