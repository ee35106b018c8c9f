# The names and types that a statement's head lists, one a line.
/^-- [a-z]+:/ { on = ($2 == part ":"); sub(/^-- [a-z]+:/, ""); take(); next }
/^--   / { sub(/^--/, ""); take(); next }
/^[^-]/ { on = 0 }
function take() { if (on) text = text " " $0 }
END {
	n = split(text, item, ",")
	for (i = 1; i <= n; i++) {
		gsub(/^ +| +$/, "", item[i])
		gsub(/  +/, " ", item[i])
		if (item[i] != "" && item[i] != "none")
			print item[i]
	}
}
