# Turns sql/statements/*.sql into C.
#
#   awk -v part=header -v last=NNNN_name.sql -f statements.awk FILES
#                                                enums; last: the newest
#                                                migration, which names the
#                                                schema's version
#   awk -v part=source -f statements.awk FILES   the table
#
# A file is a head comment and one statement. Of the head these lines count:
#   -- NAME: what it does          NAME is the file's name
#   -- role: intake|tenant|operator
#   -- params: name type, ...      how many there are is checked at connect
#   -- columns: name type, ...     likewise; "none" for no columns
# A line that begins with "--   " continues the one before.

function fail(text) {
	printf "%s: %s\n", FILENAME, text > "/dev/stderr"
	bad = 1
	exit 1
}

function finish_file() {
	if (name == "")
		return
	if (!(role ~ /^(intake|tenant|operator)$/))
		fail("no role")
	if (text == "")
		fail("no statement")
	n++
	names[n] = name
	roles[n] = role
	params[n] = count(param_list)
	columns[n] = count(column_list)
	texts[n] = text
}

function count(list,	parts, clean) {
	clean = list
	gsub(/[ \t]+/, " ", clean)
	sub(/^ /, "", clean)
	sub(/ $/, "", clean)
	if (clean == "" || clean == "none")
		return 0
	while (gsub(/\([^()]*\)/, "", clean))
		;
	return split(clean, parts, ",")
}

FNR == 1 {
	finish_file()
	name = FILENAME
	sub(/^.*\//, "", name)
	sub(/\.sql$/, "", name)
	role = param_list = column_list = text = field = ""
}

/^-- role:/ { role = $3; field = ""; next }
/^-- params:/ { sub(/^-- params:/, ""); param_list = $0; field = "p"; next }
/^-- columns:/ { sub(/^-- columns:/, ""); column_list = $0; field = "c"; next }
/^--   / {
	sub(/^--/, "")
	if (field == "p")
		param_list = param_list " " $0
	else if (field == "c")
		column_list = column_list " " $0
	next
}
/^--/ { field = ""; next }
/^[ \t]*$/ { next }
{
	line = $0
	gsub(/\\/, "&&", line)
	gsub(/"/, "\\\"", line)
	text = text "\n\t    \"" line "\\n\""
}

END {
	if (bad)
		exit 1
	finish_file()
	print "/* Made from sql/statements by sql/statements.awk. */"
	if (part == "header") {
		print "#ifndef CALLWARD_STATEMENTS_H"
		print "#define CALLWARD_STATEMENTS_H"
		print ""
		printf "#define SCHEMA_VERSION %d\n\n", substr(last, 1, 4)
		print "enum statement_role {"
		print "\tSTATEMENT_INTAKE = 1,"
		print "\tSTATEMENT_TENANT,"
		print "\tSTATEMENT_OPERATOR"
		print "};"
		print ""
		print "enum statement {"
		for (i = 1; i <= n; i++)
			printf "\tSTATEMENT_%s,\n", toupper(names[i])
		print "\tSTATEMENTS"
		print "};"
		print ""
		print "struct statement_row {"
		print "\tconst char *name;"
		print "\tenum statement_role role;"
		print "\tint params;"
		print "\tint columns;"
		print "\tconst char *text;"
		print "};"
		print ""
		print "extern const struct statement_row statements[STATEMENTS];"
		print ""
		print "#endif"
	} else {
		print "#include \"config.h\""
		print "#include \"statements.h\""
		print ""
		print "const struct statement_row statements[STATEMENTS] = {"
		for (i = 1; i <= n; i++)
			printf "\t{ \"%s\", STATEMENT_%s, %d, %d,%s },\n",
			    names[i], toupper(roles[i]), params[i],
			    columns[i], texts[i]
		print "};"
	}
}
