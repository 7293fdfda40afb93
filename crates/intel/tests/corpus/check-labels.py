"""Checks that the labels of the corpus are well formed, and that what they assert stands in the reports.

    python3 crates/intel/tests/corpus/check-labels.py ../shared/data

It knows the vocabulary of README.md and the ids of ATT&CK and D3FEND; it does not know `intel`.
Exit 0: nothing to object to. Standard library only.
"""

import html
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent
CLASSES = set(
    "name email phone postal-address birth-date government-id payment credential financial health location "
    "biometric message photo order account device demographic employment vehicle document".split()
)
STATUS = {"stated", "claimed", "hypothetical"}
NUMBER_ROLES = {"exist", "exposed", "accessed", "per_call", "requests", "other"}
KINDS = {"organisation", "person", "system", "tool", "product"}
ENTITY_ROLES = set("victim discoverer attacker third-party affected authority target reference".split())
OBSERVABLES = set(
    "url domain ipv4 ipv6 email md5 sha1 sha256 sha512 url-path file-path command-line user-agent log-source cve".split()
)
OBSERVABLE_ROLES = {"indicator", "hunting", "example", "placeholder", "reference"}
ERRATA = set(
    "label-against-definition advice-misses-attack mixed-units pairing-not-in-ontology category-not-technique "
    "missing-tactic contradiction certainty-unsupported arithmetic unknown-id revoked-id name-against-id "
    "order-of-events reach-taken-for-taken".split()
)
DUTY = {"unmentioned", "evaluating", "planned", "done", "missing"}
KEYS = set(
    "schema style facts is_incident techniques owasp owasp_stated cwe d3fend cves numbers data_classes_exposed "
    "data_classes_not_exposed entities observables dates errata notification also_ok must_not".split()
)
SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
         "fifteen sixteen seventeen eighteen nineteen").split()


def shown(path):
    """The text of a report: mark-up and escapes taken off, defanging undone, spaces made plain."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        text = json.dumps(json.loads(text), ensure_ascii=False).replace("\\n", "\n").replace('\\"', '"')
    if path.suffix in (".json", ".html"):
        text = html.unescape(re.sub(r"<[^>]*>", " ", text))
    text = text.replace("[.]", ".").replace("hxxp", "http").replace("\u00a0", " ").replace("**", "").replace("*", "")
    return re.sub(r"\s+", " ", text)


def numbers_of(text):
    """Every number that the text gives in figures, in millions, or as a small word."""
    found = set()
    for figures, scale in re.findall(r"(\d[\d,]*(?:\.\d+)?)(?:\s+(million|billion))?", text):
        value = float(figures.replace(",", "") or 0)
        found |= {value, round(value * {"million": 1e6, "billion": 1e9}.get(scale, 1), 3)}
    low = text.lower()
    found |= {float(n) for n, word in enumerate(SMALL) if re.search(rf"\b{word}\b", low)}
    for figures, scale in re.findall(r"\b(\d[\d,]*(?:\.\d+)?)([km])\b", low):
        found.add(round(float(figures.replace(",", "")) * {"k": 1e3, "m": 1e6}[scale], 3))
    return found | spelt(low)


def spelt(low):
    """Numbers in words: `two hundred`, `one thousand two hundred and six`, `three and a half thousand`."""
    ones = {word: n for n, word in enumerate(SMALL)} | {"a": 1, "an": 1}
    tens = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
    scales = {"hundred": 100, "thousand": 1e3, "million": 1e6}
    found, whole, part, used = set(), 0, 0, False
    words = re.sub(r"-", " ", low.replace(" and a half", " half")).split()
    for word in [*words, ""]:
        bare = word.strip(".,;:()")
        if bare in ones or bare in tens:
            part, used = part + ones.get(bare, tens.get(bare, 0)), True
        elif bare == "half" and used:
            part += 0.5
        elif bare in scales and used:
            part *= scales[bare]
            if bare != "hundred":
                whole, part = whole + part, 0
        elif bare != "and" or not used:
            if used:
                found.add(float(whole + part))
            whole, part, used = 0, 0, False
    return found


def check(path, techniques, ontology, say):
    label = json.loads(path.read_text(encoding="utf-8"))
    stem = path.name.removesuffix(".expected.json")
    reports = [p for p in path.parent.glob(stem + ".*") if p.suffix in (".txt", ".md", ".html", ".json") and p != path]
    if len(reports) != 1:
        return say(path, f"{len(reports)} reports belong to it")
    text = shown(reports[0])
    words = len(text.split())
    if not 150 <= words <= 1500:
        say(path, f"{words} words")
    if set(label) - KEYS or KEYS - {"also_ok", "must_not"} - set(label):
        say(path, f"keys {set(label) ^ KEYS}")
    also, must_not = label.get("also_ok", {}), label.get("must_not", {})
    if (set(also) | set(must_not)) - KEYS:
        say(path, "an unknown key in also_ok or must_not")

    def choices(entry, key):
        return [entry[key], *entry.get("or" if key == "id" else key + "_or", [])]

    asserted = {i for t in label["techniques"] for i in choices(t, "id")}
    for i in asserted | set(also.get("techniques", [])):
        row = techniques.get(i)
        if row is None or row["revoked"] or row["deprecated"]:
            say(path, f"technique {i} is unknown, revoked or deprecated")
    for t in label["techniques"]:
        if not set(choices(t, "status")) <= STATUS:
            say(path, f"status of {t}")
    for key in ("techniques", "owasp", "data_classes_exposed", "data_classes_not_exposed"):
        plain = {i for e in label[key] for i in (choices(e, "id") if isinstance(e, dict) else [e])}
        clash = (plain | set(also.get(key, []))) & set(must_not.get(key, []))
        if clash:
            say(path, f"{key}: {clash} both allowed and forbidden")
    for key in ("owasp", "owasp_stated"):
        for e in label[key]:
            for i in choices(e, "id") if isinstance(e, dict) else [e]:
                if not re.fullmatch(r"API(10|[1-9]):20(19|23)", i):
                    say(path, f"OWASP id {i}")
    for e in label["cwe"]:
        for i in choices(e, "id"):
            if not re.fullmatch(r"CWE-\d+", i):
                say(path, f"weakness {i}")
    for i in label["d3fend"]:
        if f'"{i}"' not in ontology or i not in text:
            say(path, f"defence {i}")
    for i in label["cves"]:
        if i not in text:
            say(path, f"{i} is not in the text")
    known = numbers_of(text)
    for n in label["numbers"]:
        if not set(choices(n, "role")) <= NUMBER_ROLES or not choices(n, "unit"):
            say(path, f"role or unit of {n}")
        if float(n["value"]) not in known:
            say(path, f"number {n['value']} is not in the text")
    out, kept = set(label["data_classes_exposed"]), set(label["data_classes_not_exposed"])
    if (out | kept | set(also.get("data_classes_exposed", [])) | set(also.get("data_classes_not_exposed", []))) - CLASSES:
        say(path, "a data class is not in the vocabulary")
    if out & kept:
        say(path, f"{out & kept} both exposed and not")
    for e in label["entities"]:
        if not set(choices(e, "kind")) <= KINDS or not set(choices(e, "role")) <= ENTITY_ROLES:
            say(path, f"kind or role of {e}")
        if not any(name.lower() in text.lower() for name in choices(e, "name")):
            say(path, f"entity {e['name']} is not in the text")
    for o in label["observables"]:
        if o["type"] not in OBSERVABLES or not set(choices(o, "role")) <= OBSERVABLE_ROLES:
            say(path, f"type or role of {o}")
        if o["value"] not in text:
            say(path, f"observable {o['value']} is not in the text")
    for day in label["dates"]:
        parts = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", day)
        if not parts or parts[1] not in text:
            say(path, f"date {day}")
    for e in label["errata"]:
        if e["kind"] not in ERRATA or not e["says"]:
            say(path, f"erratum {e}")
    told = label["notification"]
    states = {told["authority"], told["persons"], *told.get("authority_or", []), *told.get("persons_or", [])}
    if states - DUTY:
        say(path, "state of a duty to tell")
    for name in [*told["authorities"], *told["regimes"]]:
        if name not in text:
            say(path, f"{name} is not in the text")
    if not label["is_incident"] and (asserted or out or kept or label["numbers"] or label["owasp"]):
        say(path, "no incident, yet facts of one")


def main():
    data = pathlib.Path(sys.argv[1])
    lines = (data / "attack" / "techniques.jsonl").read_text(encoding="utf-8").splitlines()
    techniques = {row["id"]: row for row in map(json.loads, lines)}
    ontology = (data / "d3fend" / "d3fend-protege.ttl").read_text(encoding="utf-8")
    faults = []
    labels = sorted(HERE.glob("**/*.expected.json"))
    for path in labels:
        check(path, techniques, ontology, lambda p, why: faults.append(f"{p.name}: {why}"))
    print(*faults, sep="\n") if faults else None
    print(f"{len(labels)} reports, {sum('kept-aside' in str(p) for p in labels)} of them kept aside, {len(faults)} faults")
    return 1 if faults or not labels else 0


if __name__ == "__main__":
    sys.exit(main())
