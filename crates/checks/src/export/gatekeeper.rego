package tidegate

violation[{"msg": msg}] {
	object := input.review.object
	object.kind == "Ingress"
	not object.spec.tls
	msg := sprintf("ACH-013: Ingress `%v` serves plain http", [object.metadata.name])
}

violation[{"msg": msg}] {
	object := input.review.object
	path := paths[_]
	internal := input.parameters.internal[_]
	leads_to(path, internal)
	msg := sprintf("ACH-014: %v `%v` leads to `%v`, which is declared internal", [object.kind, object.metadata.name, internal])
}

paths[path] {
	path := input.review.object.spec.rules[_].http.paths[_].path
}

paths[path] {
	path := input.review.object.spec.rules[_].matches[_].path.value
}

# A route to `/` or to a part before the internal path leads there too.
leads_to(path, internal) {
	startswith(internal, path)
}

leads_to(path, internal) {
	startswith(path, internal)
}
