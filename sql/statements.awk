# Turns sql/statements/*.sql into C.
#
#   awk -v part=header -v last=NNNN_name.sql -v functions=HEX \
#       -f statements.awk FILES                  enums; last: the newest
#                                                migration, which names the
#                                                schema's version; functions:
#                                                a digest of sql/functions
#   awk -v part=source -f statements.awk FILES   the table
#
# A file is a head comment and one statement. Of the head these lines count:
#   -- NAME: what it does          NAME is the file's name
#   -- role: intake|tenant|operator
#   -- params: name type, ...      how many there are is checked at connect
#   -- columns: name type, ...     likewise; "none" for no columns
#   -- unproven: why               of a tenant's statement
# A line that begins with "--   " continues the one before.
#
# A tenant's statement is wrapped. It has one parameter more, the claims of the
# tenant that it is for, and runs only in a transaction that has them; each of
# its rows, or one that stands for none, ends in (present boolean, claims text).
# No row at all: it did not run. The name under which a statement is prepared
# ends in a digest of its text, so that two releases behind one pooler never run
# each other's.

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
	if (role == "tenant" && !unproven) {
		sub(/;[ \t\n]*$/, "", text)
		text = "select answered.*, who.claims\nfrom (\n" \
		    "\tselect current_setting('request.jwt.claims', true) as claims\n" \
		    ") who\nleft join (\n\tselect asked.*, true as present from (\n" \
		    text "\n\t) asked\n) answered on true\n" \
		    "where who.claims = $" (count(param_list) + 1) "::text;\n"
	}
	n++
	names[n] = name
	prepared[n] = name "_" digest(text)
	proven[n] = role == "tenant" && !unproven ? "true" : "false"
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

# Eight hexadecimal digits.
function digest(string,	i, h) {
	h = 5381
	for (i = 1; i <= length(string); i++)
		h = (h * 65599 + code[substr(string, i, 1)]) % 4294967291
	return sprintf("%04x%04x", int(h / 65536), h % 65536)
}

# A C string for each line.
function quoted(string,	i, k, line, lines, out) {
	k = split(string, lines, "\n")
	for (i = 1; i < k; i++) {
		line = lines[i]
		gsub(/\\/, "&&", line)
		gsub(/"/, "\\\"", line)
		out = out "\n\t    \"" line "\\n\""
	}
	return out
}

BEGIN {
	for (i = 1; i < 256; i++)
		code[sprintf("%c", i)] = i
}

FNR == 1 {
	finish_file()
	name = FILENAME
	sub(/^.*\//, "", name)
	sub(/\.sql$/, "", name)
	role = param_list = column_list = text = field = unproven = ""
}

/^-- role:/ { role = $3; field = ""; next }
/^-- params:/ { sub(/^-- params:/, ""); param_list = $0; field = "p"; next }
/^-- columns:/ { sub(/^-- columns:/, ""); column_list = $0; field = "c"; next }
/^-- unproven:/ { unproven = 1; field = ""; next }
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
{ text = text $0 "\n" }

END {
	if (bad)
		exit 1
	finish_file()
	print "/* Made from sql/statements by sql/statements.awk. */"
	if (part == "header") {
		print "#ifndef CALLWARD_STATEMENTS_H"
		print "#define CALLWARD_STATEMENTS_H"
		print ""
		printf "#define SCHEMA_VERSION %d\n", substr(last, 1, 4)
		printf "#define FUNCTIONS_SHA256 \\\n\t\"%s\"\n\n", functions
		print "#include <stdbool.h>"
		print ""
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
		print "\tconst char *prepared; /* as the server knows it */"
		print "\tenum statement_role role;"
		print "\tint params;"
		print "\tint columns;"
		print "\tbool proven; /* one parameter and two columns more */"
		print "\tconst char *text;"
		print "};"
		print ""
		print "extern const struct statement_row statements[STATEMENTS];"
		print ""
		print "#endif"
	} else {
		print "#include \"config.h\""
		print "#include \"io/statements.h\""
		print ""
		print "const struct statement_row statements[STATEMENTS] = {"
		for (i = 1; i <= n; i++)
			printf "\t{ \"%s\", \"%s\", STATEMENT_%s, %d, %d, %s,%s },\n",
			    names[i], prepared[i], toupper(roles[i]),
			    params[i], columns[i], proven[i],
			    quoted(texts[i])
		print "};"
	}
}
