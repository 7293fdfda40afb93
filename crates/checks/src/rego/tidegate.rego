# The checks of `tidegate check` as Rego, over the facts that it judges (docs/check-facts.md).
#
# `blockers` and `warnings` hold everything that is found; `told_blockers` and `told_warnings` what is
# told: one blocker per operation, the worst, and one finding for all that only intent can say where a
# document declares none. A test holds them against the native checks.
package tidegate.checks

import rego.v1

# --- what a finding is

finding(id, about, msg) := {
	"id": id,
	"subject": about.subject,
	"operation": about.operation,
	"at": about.at,
	"of_intent": about.of_intent,
	"source": about.at.source,
	"msg": sprintf("%s: %s: `%s`", [id, msg, about.subject]),
}

# About an operation, at a place.
of(op, at) := {"subject": op.subject, "operation": op.position, "at": at, "of_intent": false}

# The same, where only intent can say it.
of_intent(op, at) := {"subject": op.subject, "operation": op.position, "at": at, "of_intent": true}

# About a route, a listener or an endpoint in traffic.
beside(thing) := {"subject": thing.subject, "operation": null, "at": thing.at, "of_intent": false}

intent_at(op) := op.intent.at if op.intent.state != "absent"

intent_at(op) := op.id_at if op.intent.state == "absent"

security_at(op) := op.security.at if op.security.at != null

security_at(op) := op.id_at if op.security.at == null

field_at(op) := op.leaking_field.at if op.leaking_field != null

field_at(op) := op.id_at if op.leaking_field == null

answer_at(op) := op.answer.at if op.answer.at != null

answer_at(op) := op.id_at if op.answer.at == null

# Weights of data classes (docs/intent.md): a name alone weighs nothing.
weighs(classes) if {
	some class in classes
	class != "name"
}

declared(op) := op.intent.intent if op.intent.state == "declared"

declared(op) := {} if op.intent.state != "declared"

roles(op) := object.get(declared(op), "roles", [])

limits(op) := object.get(declared(op), "limit", [])

budgets(op) := object.get(declared(op), "budget", [])

routes contains route if some route in input.fronts[_].routes

# --- blockers

blockers contains finding("ACH-001", of_intent(op, op.id_at), "no intent declared") if {
	some op in input.operations
	op.intent.state == "absent"
}

blockers contains finding("ACH-002", of(op, intent_at(op)), "the declaration has ended") if {
	some op in input.operations
	op.expired
}

blockers contains finding("ACH-003", of(op, security_at(op)), "no credential needed") if {
	some op in input.operations
	op.audience in {"authenticated", "partner"}
	op.open
}

blockers contains finding("ACH-004", of_intent(op, op.id_at), "no ownership rule") if {
	some op in input.operations
	op.audience == "authenticated"
	gives_others(op)
	not declared(op).owner
	count(roles(op)) == 0
	op.gated.narrowed_by == null
	not op.shared
}

# A record that the request names, or everybody's at once.
gives_others(op) if count(op.object_refs) > 0

gives_others(op) if op.everybodys

blockers contains finding("ACH-005", of(op, intent_at(op)), "the owner of records cannot be told") if {
	some op in input.operations
	count(op.owner_faults) > 0
}

blockers contains finding("ACH-006", of_intent(op, op.id_at), "no limit") if {
	some op in input.operations
	op.audience in {"public", "authenticated", "partner"}
	op.yields_records
	not op.limited
}

blockers contains finding("ACH-007", of(op, op.unbounded.at), "no bound on records per call") if {
	some op in input.operations
	op.unbounded != null
}

blockers contains finding("ACH-008", of(op, field_at(op)), "personal data for anyone") if {
	some op in input.operations
	op.for_everyone
	count(op.leaks) > 0
}

blockers contains finding("ACH-008", of(op, op.health.at), "personal data for anyone") if {
	some op in input.operations
	op.for_everyone
	count(op.leaks) == 0
	op.health != null
}

blockers contains finding("ACH-009", of(op, security_at(op)), "open while its siblings are not") if {
	some op in input.operations
	op.intent.state == "absent"
	op.open
	op.guarded_peer != null
}

blockers contains finding("ACH-009", beside(route), "open while others around it are not") if {
	some route in routes
	route.guarded_peer != null
	not route.spoken_for
	not route.open_by_nature
}

blockers contains finding("ACH-010", of(op, security_at(op)), "open, its newer version is not") if {
	some op in input.operations
	op.newer_guarded != null
	op.open
	not op.open_by_nature
	op.audience != "public"
}

blockers contains finding("ACH-010", beside(route), "open while a newer version is not") if {
	some route in routes
	route.newer_guarded != null
	not route.spoken_for
	not route.open_by_nature
}

blockers contains finding("ACH-011", of_intent(op, intent_at(op)), "any signed-in caller can call it") if {
	some op in input.operations
	administrative(op)
	not op.opened
}

blockers contains finding("ACH-011", of(op, intent_at(op)), "anyone can call it") if {
	some op in input.operations
	administrative(op)
	op.opened
}

administrative(op) if {
	op.admin != null
	not op.narrowed
	not op.sign_in
}

blockers contains finding("ACH-011", beside(route), "anyone can call it") if {
	some route in routes
	route.admin != null
	not route.spoken_for
	route.open
	route.outside
}

blockers contains finding("ACH-012", of(op, op.url_credentials[0].at), "takes a credential in the URL") if {
	some op in input.operations
	count(op.url_credentials) > 0
}

blockers contains finding("ACH-013", of(op, op.plain_server.at), "is served over plain http") if {
	some op in input.operations
	op.plain_server != null
}

blockers contains finding("ACH-013", beside(listener), "serves everyone over plain http") if {
	some listener in input.fronts[_].listeners
	listener.plain
}

blockers contains finding("ACH-014", of(op, op.served_outside.at), "the outside can reach it") if {
	some op in input.operations
	op.served_outside != null
}

blockers contains finding("ACH-014", of(op, intent_at(op)), "its own networks are everyone") if {
	some op in input.operations
	op.inside_is_everyone
}

blockers contains finding("ACH-015", of(op, served.at), "specified as protected and served open") if {
	some op in input.operations
	protected(op)
	served := served_open(op)
}

protected(op) if op.audience in {"authenticated", "partner"}

protected(op) if {
	op.audience == null
	op.security.declared
	not op.security.open
}

served_open(op) := op.served_open if op.served_open != null

served_open(op) := op.seen_open if {
	op.served_open == null
	op.seen_open != null
}

blockers contains finding("ACH-016", of(op, op.served_unlimited.at), "nothing keeps its limit") if {
	some op in input.operations
	op.served_unlimited != null
	count(limits(op)) > 0
}

blockers contains finding("ACH-016", of(op, op.served_faster.at), "nothing keeps its limit as declared") if {
	some op in input.operations
	op.served_faster != null
}

blockers contains finding("ACH-019", of(op, intent_at(op)), "its intent is taken back") if {
	some op in input.operations
	count(op.weakened) > 0
}

blockers contains finding("ACH-020", of(op, op.gated.released_by.at), "its records are released") if {
	some op in input.operations
	op.gated.released_by != null
}

blockers contains finding("ACH-017", beside(seen), "served and not specified") if {
	some seen in input.traffic
	seen.unspecified
	seen.newer == null
}

blockers contains finding("ACH-017", beside(route), "leads to what no specification has") if {
	some route in routes
	route.unspecified_beside != null
}

blockers contains finding("ACH-018", beside(seen), "an old version is still served") if {
	some seen in input.traffic
	seen.newer != null
}

blockers contains finding("ACH-018", beside(route), "leads to a version that no specification has") if {
	some route in routes
	route.newer_specified != null
}

# --- warnings

warnings contains finding("ACH-101", of(op, objects[0].at), "records can be counted through") if {
	some op in input.operations
	op.reads
	op.audience != "internal"
	not declared(op).owner
	objects := [object | some object in op.object_refs; object.enumerable != null]
	count(objects) > 0
}

warnings contains finding("ACH-102", of(op, op.at), "describes no refusal") if {
	some op in input.operations
	op.lacks_refusal
}

warnings contains finding("ACH-103", of(op, op.at), "describes no 429") if {
	some op in input.operations
	op.lacks_slow_down
	op.yields_records
}

warnings contains finding("ACH-104", of(op, answer_at(op)), "the answer may hold any field") if {
	some op in input.operations
	op.reads
	op.answer.open_ended
	op.answer.described
	about_records(op)
}

about_records(op) if weighs(op.personal)

about_records(op) if count(op.object_refs) > 0

about_records(op) if {
	op.for_everyone
	not op.open_by_nature
}

warnings contains finding("ACH-105", of(op, op.examples[0].at), "an example holds a secret") if {
	some op in input.operations
	count(op.examples) > 0
}

warnings contains finding("ACH-106", of(op, answer_at(op)), "a shared cache may keep personal data") if {
	some op in input.operations
	op.cacheable
}

warnings contains finding("ACH-107", of(op, intent_at(op)), "somebody else's, without contact, classes or budget") if {
	some op in input.operations
	operator := declared(op).operator
	unsaid(op, operator)
}

unsaid(_, operator) if not operator.contact

unsaid(op, _) if count(declared(op).classes) == 0

unsaid(op, _) if count(budgets(op)) == 0

warnings contains finding("ACH-108", of(op, intent_at(op)), "declares no classes or no budget") if {
	some op in input.operations
	op.intent.state == "declared"
	not declared(op).operator
	weighs(op.personal)
	unbudgeted(op)
}

unbudgeted(op) if count(declared(op).classes) == 0

unbudgeted(op) if {
	count(budgets(op)) == 0
	not declared(op).owner
}

warnings contains finding("ACH-109", beside(patch), "a virtual patch has ended") if {
	some patch in input.patches
	patch.expired
}

# --- what is told

# Only intent can say it, and the document declares none: one finding for all of them.
hidden(found) if {
	found.of_intent
	found.operation != null
	not input.operations[found.operation].document_declares
}

# Blockers, the one that does the most harm first.
harm := [
	"ACH-001", "ACH-002", "ACH-003", "ACH-008", "ACH-009", "ACH-010", "ACH-011", "ACH-014", "ACH-015",
	"ACH-019", "ACH-020", "ACH-004", "ACH-005", "ACH-006", "ACH-007", "ACH-016", "ACH-012", "ACH-013", "ACH-017", "ACH-018",
]

# The worst blocker of each operation.
worst[position] := harm[min(places)] if {
	some position, _ in input.operations
	ids := {found.id | some found in blockers; found.operation == position; not hidden(found)}
	places := {place | some place, id in harm; id in ids}
	count(places) > 0
}

told_blockers contains found if {
	some found in blockers
	found.operation != null
	not hidden(found)
	found.id == worst[found.operation]
}

# Of a route that several checks say stands open, one of them tells it.
told_blockers contains found if {
	some found in blockers
	found.operation == null
	not said_otherwise(found)
}

said_otherwise(found) if {
	better := {"ACH-009": {"ACH-010", "ACH-011"}, "ACH-011": {"ACH-010"}}
	other := open_routes[[found.subject, found.at]][_]
	other in better[found.id]
}

open_routes[key] contains found.id if {
	some found in blockers
	found.operation == null
	found.id in {"ACH-009", "ACH-010", "ACH-011"}
	key := [found.subject, found.at]
}

told_blockers contains found if {
	some position, source in input.sources
	operations := {found.operation | some found in blockers; found.source == position; hidden(found)}
	count(operations) > 0
	found := {
		"id": "ACH-001",
		"subject": source.name,
		"operation": null,
		"source": position,
		"msg": sprintf("ACH-001: %d operations of `%s` declare no intent", [count(operations), source.name]),
	}
}

told_warnings contains found if some found in warnings
