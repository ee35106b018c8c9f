# What the files of sql/functions say of their functions, a line each: name,
# owner, rights, settings, and who may execute it. outside: of those whom a head
# names only who is there.
function finish(	n, i, role) {
	if (name == "")
		return
	split(rule[folder], part, " ")
	n = split(callers (part[3] == "-" ? "" : "," part[3]) "," part[1], role,
	    ",")
	for (i = 1; i <= n; i++)
		if (role[i] != "" && (role[i] != "authenticated" || outside))
			print name, "executed by", role[i]
	print name, part[1], part[2], "{" (inline ? "" : \
	    "search_path=pg_catalog, pg_temp") settings "}"
}
BEGIN {
	rule["intake"] = "callward_writer definer callward_intake"
	rule["acting"] = "callward_writer definer -"
	rule["resolver"] = "callward_resolver definer callward_writer"
	rule["writer"] = "callward_writer invoker -"
	rule["tenant"] = "callward_owner invoker callward_tenant"
	rule["operator"] = "callward_owner invoker -"
}
FNR == 1 {
	finish()
	n = split(FILENAME, path, "/")
	folder = path[n - 1]
	name = path[n]
	sub(/\..*$/, "", name)
	callers = settings = ""
	inline = 0
}
/^-- execute: / { sub(/^-- execute: /, ""); gsub(/, /, ","); callers = $0 }
/^-- set: / { settings = settings "; " $3 "=" $5 }
/^-- inline: / { inline = 1 }
END { finish() }
