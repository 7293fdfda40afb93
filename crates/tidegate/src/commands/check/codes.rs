//! What is told of the files themselves: the codes that are no checks, for `--page` and
//! `docs/check-codes.md`.
//!
//! A test fails when a code of the sources is missing here, or its row in the table of the docs.

/// A code, what it says, and what to do.
pub(super) struct Code {
    pub(super) id: &'static str,
    pub(super) says: &'static str,
    pub(super) mend: &'static str,
}

/// The code `id`, in whatever letters.
pub(super) fn find(id: &str) -> Option<&'static Code> {
    CODES.iter().find(|code| code.id.eq_ignore_ascii_case(id))
}

const fn code(id: &'static str, says: &'static str, mend: &'static str) -> Code {
    Code { id, says, mend }
}

/// Every code, by family.
pub(super) const CODES: &[Code] = &[
    code(
        "CHECK-001",
        "A file cannot be read, is too large, is no UTF-8, or was named and is of no kind that is read.",
        "Do what its help says; `tidegate check --help` lists the kinds.",
    ),
    code(
        "CHECK-002",
        "A suppression has no reason, owner or last day, or one that cannot be read.",
        "Write `# tidegate-ignore ACH-015: why; owner: team; until: 2031-12-31`.",
    ),
    code(
        "CHECK-003",
        "A suppression suppresses nothing.",
        "Remove it: what it was for is mended, or it names something else.",
    ),
    code(
        "CHECK-004",
        "Lines of recorded traffic cannot be read, are of too many endpoints, or are of paths that the gateway knew no door of (a warning).",
        "Hand in the exchange log as the gateway wrote it; declare the doors that it does not name.",
    ),
    code(
        "CHECK-005",
        "A file of policies is named by no configuration, so it is in force nowhere.",
        "Name it under `policies:` or `patches:`, or remove it.",
    ),
    code(
        "CHECK-010",
        "A change lets something through that `--base` did not. It is told with a request that shows it, and fails the run.",
        "Take it back, or narrow it. Where it is meant, answer for it with a suppression of CHECK-010; once merged it is part of the base.",
    ),
    code("TEXT-001", "A text is no YAML or JSON.", "Correct it at the line."),
    code(
        "TEXT-002",
        "A key stands twice in one mapping, so that readers disagree on which counts.",
        "Remove one.",
    ),
    code("TEXT-003", "A text is larger than 64 MiB.", "Split it, or leave out generated examples."),
    code("TEXT-004", "Lists and mappings are nested deeper than is read.", "Flatten it."),
    code(
        "TEXT-005",
        "A text has more values than are read, aliases multiplied in.",
        "Use fewer aliases: each use counts as a copy.",
    ),
    code(
        "SPEC-001",
        "A specification has no `paths`, or a version that is not read.",
        "Write `openapi: 3.1.0`, and `paths:`.",
    ),
    code("SPEC-002", "A path is odd, or none.", "Begin it with `/` and name each parameter once."),
    code(
        "SPEC-003",
        "A part of a specification has the wrong shape or stands where nobody reads it (`schema:` directly below a response), so that what it holds is not judged.",
        "Write it as its help says.",
    ),
    code(
        "SPEC-004",
        "A reference leads nowhere, in a circle, into the network, or out of a document that the gateway reads by itself; or `discriminator.mapping` names a schema that is not there (a warning).",
        "Correct it; for the gateway bundle the documents into one (docs/intent.md).",
    ),
    code(
        "SPEC-005",
        "Two operations match the same requests.",
        "Keep one: names of parameters do not tell requests apart.",
    ),
    code("SPEC-006", "An operation id stands twice.", "Name one otherwise."),
    code(
        "SPEC-007",
        "A security scheme is not declared, or of no known type.",
        "Declare it under `components.securitySchemes` (2.0: `securityDefinitions`).",
    ),
    code(
        "SPEC-008",
        "An `x-tidegate` cannot be read, contradicts itself, or has an empty value.",
        "Write it as docs/intent.md says; fill in what `--fix` left empty.",
    ),
    code(
        "SPEC-009",
        "A parameter is described wrongly; an error where it is skipped for it.",
        "Give it `name` and `in`, as the path has it; since 3.0 a body stands under `requestBody`.",
    ),
    code(
        "SPEC-010",
        "The address of a server cannot be read.",
        "Write the full address, with a default for each variable.",
    ),
    code(
        "SPEC-011",
        "A key is unknown where a method or an intent is expected.",
        "Correct the word; methods are written small.",
    ),
    code(
        "SPEC-012",
        "There is more of something than is read (docs/check.md, Bounds).",
        "Describe less in one place, or split the document: what lies beyond is not judged.",
    ),
    code(
        "NGINX-001",
        "A configuration of nginx cannot be read.",
        "Correct it at the line; `nginx -t` says more.",
    ),
    code(
        "NGINX-002",
        "An included file is not found, and it can hold what decides who gets through; or (warnings) a pattern includes nothing, or a file of this machine is read from outside of the main file's folder.",
        "Check the folder that has it, or name it too.",
    ),
    code("NGINX-003", "Included files go in a circle, too deep, or are too many.", "Include fewer."),
    code("NGINX-004", "A configuration of nginx has more of something than is followed.", "Split it."),
    code(
        "NGINX-005",
        "A regular expression cannot be followed.",
        "Write it without look-around and back references.",
    ),
    code(
        "NGINX-006",
        "A stream passes connections on, and what goes through it is not judged.",
        "Lead it to a server that is judged here, or leave the file out with `--exclude`.",
    ),
    code("CADDY-001", "A Caddyfile cannot be read.", "Correct it at the line; `caddy validate` says more."),
    code("CADDY-002", "What is imported is not found.", "Name the folder that has it."),
    code("CADDY-003", "Imported files go in a circle, too deep, or are too many.", "Import fewer."),
    code("CADDY-004", "A Caddyfile has more of something than is followed.", "Split it."),
    code(
        "HAPROXY-001",
        "A configuration of HAProxy cannot be read.",
        "Correct it at the line; `haproxy -c` says more.",
    ),
    code("HAPROXY-004", "A configuration of HAProxy has more of something than is followed.", "Split it."),
    code(
        "HAPROXY-005",
        "A proxy in TCP mode passes connections on, and what goes through it is not judged.",
        "Write `mode http` where HTTP goes through, lead it to a server that is judged here, or leave the file out with `--exclude`.",
    ),
    code(
        "KUBERNETES-001",
        "A manifest is a template.",
        "Render it first (`helm template CHART >rendered.yaml`), and leave the template out with `--exclude`.",
    ),
    code(
        "KUBERNETES-002",
        "A route of another protocol, or a port that is passed on, is not read: what it lets through is not judged.",
        "Look at it yourself.",
    ),
    code(
        "KUBERNETES-003",
        "There are more objects, or workloads of one Service, than are read together.",
        "Check fewer files at once.",
    ),
    code("KUBERNETES-004", "A Service or NetworkPolicy cannot be read.", "Correct it at the line."),
    code("KUBERNETES-005", "An Ingress cannot be read.", "Correct it at the line."),
    code("KUBERNETES-006", "A Gateway or HTTPRoute cannot be read.", "Correct it at the line."),
    code(
        "ENVOY-001",
        "A part of a configuration of Envoy cannot be read or is not judged.",
        "Do what its help says.",
    ),
    code(
        "KONG-001",
        "A part of a configuration of Kong cannot be read or is not judged.",
        "Do what its help says.",
    ),
    code(
        "APISIX-001",
        "A part of a configuration of APISIX cannot be read or is not judged.",
        "Do what its help says.",
    ),
    code(
        "TRAEFIK-001",
        "A part of a configuration of Traefik cannot be read or is not judged.",
        "Do what its help says.",
    ),
    code(
        "AWS-001",
        "A part of a template or plan cannot be read or is not judged.",
        "Do what its help says.",
    ),
    code("AWS-002", "An event of a function cannot be read or is not judged.", "Do what its help says."),
    code(
        "AWS-003",
        "A template or plan serves something that is not judged.",
        "Do what its help says, or leave the file out with `--exclude`.",
    ),
    code("CONFIG-001", "A configuration of Tidegate cannot be read.", "Correct it at the line."),
    code(
        "CONFIG-002",
        "A key or value of the configuration is wrong.",
        "Correct it; `tidegate config default` prints every key with its manual.",
    ),
    code(
        "CONFIG-003",
        "A file or folder that the configuration names is not there, is empty, or cannot be used.",
        "Correct the path or the file; its help names the form.",
    ),
    code(
        "CONFIG-004",
        "The configuration does not say, or says twice, whose address counts.",
        "Write `direct: true`, or `trust:` with the networks of the proxies.",
    ),
    code(
        "CONFIG-005",
        "An upstream of the configuration is unknown or cannot be used.",
        "Name one that stands under `upstreams:`.",
    ),
    code(
        "CONFIG-006",
        "An endpoint of the configuration stands twice, has an id that is not unique, or an intent that cannot be used.",
        "Do what its help says.",
    ),
    code(
        "CONFIG-007",
        "The address or token of the administration cannot be used.",
        "Make a token (`openssl rand -hex 32 >FILE; chmod 600 FILE`), or use the Unix socket alone.",
    ),
    code(
        "CONFIG-008",
        "A bound of the configuration lets nothing or nobody in.",
        "Leave it out for its default.",
    ),
    code(
        "CONFIG-009",
        "What identifies callers cannot be used.",
        "See `tidegate config default` under `identify`.",
    ),
    code(
        "CONFIG-010",
        "The configuration would refuse everything, or cannot be served as it stands.",
        "Declare an intent, or write `mode: guard`.",
    ),
    code(
        "CONFIG-011",
        "A role is named that nobody can have.",
        "Map a claim to it under `identify`, or add it to a key.",
    ),
    code(
        "CONFIG-012",
        "A receiver of alerts cannot be used, or its alerts can be forged or read.",
        "Do what its help says; docs/alerts.md describes each kind.",
    ),
    code("POLICY-001", "A Cedar policy cannot be used.", "Correct it at the line."),
    code("POLICY-002", "A Cedar policy says something that it may not mean.", "Do what its help says."),
    code(
        "POLICY-003",
        "A virtual patch has ended and forbids nothing any more (ACH-109).",
        "Remove it, or give it a new day.",
    ),
];
