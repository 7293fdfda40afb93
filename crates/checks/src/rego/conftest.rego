# For conftest: `conftest test facts.json --policy policy`.
package main

import data.tidegate.checks
import rego.v1

deny contains found.msg if some found in checks.told_blockers

warn contains found.msg if some found in checks.told_warnings
