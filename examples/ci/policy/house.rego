# A rule of a house of its own, over the facts (docs/check-facts.md). conftest takes it beside the
# exported checks, and so does `tidegate check PATH... --policy examples/ci/policy`.
package main

import rego.v1

deny contains found if {
	some operation in input.operations
	contains(operation.endpoint, " /beta/")
	found := {
		"msg": sprintf("HOUSE-1: nothing under /beta is deployed: `%s`", [operation.subject]),
		"rule": "HOUSE-1",
		"operation": operation.position,
		"at": operation.at,
	}
}
