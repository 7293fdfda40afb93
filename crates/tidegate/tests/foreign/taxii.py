"""A TAXII 2.1 server and a client of others (medallion, taxii2-client): `taxii.py serve PORT FOLDER`,
`taxii.py read PORT`, `taxii.py write PORT BUNDLE`."""

import json
import pathlib
import sys

COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"


def mended():
    """medallion 3.0.0 reads the `version` of an extension-definition, which STIX demands, as a time, and
    then lists no object of the collection any more. That one look-up is mended; the rest is medallion's."""
    import medallion.backends.memory_backend
    import medallion.common
    import medallion.filters.basic_filter

    theirs = medallion.common.find_att

    def find_att(thing):
        is_object = "type" in thing
        return theirs({name: value for name, value in thing.items() if not (is_object and name == "version")})

    for module in list(sys.modules.values()):
        if module.__name__.startswith("medallion") and getattr(module, "find_att", None) is theirs:
            module.find_att = find_att


def serve(port, folder):
    from medallion import load_app

    mended()

    url = f"http://127.0.0.1:{port}/trustgroup1/"
    data = {
        "/discovery": {"title": "server of the test", "default": url, "api_roots": [url]},
        "trustgroup1": {
            "information": {
                "title": "root",
                "versions": ["application/taxii+json;version=2.1"],
                "max_content_length": 60000,
            },
            "status": [],
            "collections": [
                {
                    "id": COLLECTION,
                    "title": "reports",
                    "can_read": True,
                    "can_write": True,
                    "media_types": ["application/stix+json;version=2.1"],
                    "manifest": [],
                    "objects": [],
                }
            ],
        },
    }
    file = pathlib.Path(folder) / "data.json"
    file.write_text(json.dumps(data))
    config = {
        "backend": {
            "module": "medallion.backends.memory_backend",
            "module_class": "MemoryBackend",
            "filename": str(file),
        },
        "users": {"reader": "of-the-test"},
        "taxii": {"max_page_size": 10},
    }
    settings = pathlib.Path(folder) / "config.json"
    settings.write_text(json.dumps(config))
    load_app(str(settings)).run(host="127.0.0.1", port=int(port), use_reloader=False)


def collection(port):
    from taxii2client.v21 import Server

    server = Server(f"http://127.0.0.1:{port}/taxii2/", user="reader", password="of-the-test")
    return server.default.collections[0]


def read(port):
    """All objects that the client gets."""
    from taxii2client.v21 import as_pages

    found = {}
    for page in as_pages(collection(port).get_objects, per_request=10):
        for one in page.get("objects", []):
            found[one["id"]] = one
    json.dump(found, sys.stdout)


def write(port, bundle):
    objects = json.loads(pathlib.Path(bundle).read_text(encoding="utf-8"))["objects"]
    status = collection(port).add_objects({"objects": objects})
    json.dump({"taken": status.success_count, "refused": status.failure_count}, sys.stdout)


def main():
    what, *args = sys.argv[1:]
    globals()[what](*args)


main()
