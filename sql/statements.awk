# Turns sql/statements/*.sql into C.
#
#   awk -v part=header -v last=NNNN_name.sql -v functions=HEX \
#       -f statements.awk FILES                  enums; last: the newest
#                                                migration, which names the
#                                                schema's version; functions:
#                                                a digest of sql/functions
#   awk -v part=source -f statements.awk FILES   the table
#
#   awk -v part=text -f statements.awk FILES     the statements as the server
#                                                reads them, not yet wrapped
#
# A file is a head comment and one statement. Of the head these lines count:
#   -- NAME: what it does          NAME is the file's name
#   -- role: intake|tenant|operator
#   -- params: name type, ...      "type?" may be null; "none" for no parameters
#   -- columns: name type, ...     compared with the database's at connect
#   -- unproven: why               of a tenant's statement
# A line that begins with "--   " continues the one before.
#
# Nothing has a place that anybody has to count. {name} in the statement is the
# parameter of that name, cast to its type, and {*} all of them as named
# arguments. A function of ours that takes more than one argument is called by
# their names, and {x} goes to the argument x. In C a statement's parameters are
# a struct, its columns an enum:
#   statement_NAME(&v, arena, &(struct statement_NAME){ .name = ... });
#   db_str(r, row, NAME_COLUMN)
#
# A tenant's statement is wrapped. It has one parameter more, the claims that
# tenant_enter was given for it, and runs only in a transaction that has them,
# and the tenant beside them; each of its rows, or one that stands for none,
# ends in (present boolean, claims text). No row at all: it did not run. The
# name under which a statement is prepared ends in a digest of its text, so that
# two releases behind one pooler never run each other's.

function fail(text) {
	printf "%s.sql: %s\n", name, text > "/dev/stderr"
	bad = 1
	exit 1
}

function finish_file(	i) {
	if (name == "")
		return
	if (!(role ~ /^(intake|tenant|operator)$/))
		fail("no role")
	if (text == "")
		fail("no statement")
	n++
	names[n] = name
	roles[n] = role
	params[n] = take_list(param_list, param_name, param_type)
	columns[n] = take_list(column_list, column_name, column_type)
	for (i = 1; i <= params[n]; i++) {
		param[n, i] = param_name[i]
		nullable[n, i] = sub(/[?]$/, "", param_type[i])
		param_types[n, i] = param_type[i]
		if (!(param_type[i] in kind))
			fail(param_name[i] ": unknown type " param_type[i])
	}
	for (i = 1; i <= columns[n]; i++) {
		column[n, i] = column_name[i]
		column_types[n, i] = column_type[i]
		if (!(column_type[i] in oid))
			fail(column_name[i] ": unknown type " column_type[i])
	}
	check_calls(text)
	text = numbered(text)
	plain[n] = text
	if (role == "tenant" && !unproven) {
		sub(/;[ \t\n]*$/, "", text)
		text = "select answered.*, $" (params[n] + 1) "::text as claims\n" \
		    "from (\n\tselect nullif(current_setting(" \
		    "'request.jwt.claims', true),\n\t    '')::jsonb as claims\n" \
		    ") who\nleft join (\n\tselect asked.*, true as present from (\n" \
		    text "\n\t) asked\n) answered on true\n" \
		    "where who.claims - 'sub' = $" (params[n] + 1) "::text::jsonb;\n"
	}
	prepared[n] = name "_" digest(text)
	proven[n] = role == "tenant" && !unproven ? "true" : "false"
	texts[n] = text
}

# The names and types of a list in the head, from 1 on; how many there are.
function take_list(list, item_name, item_type,	parts, i, k, pair, seen) {
	gsub(/[ \t]+/, " ", list)
	sub(/^ /, "", list)
	sub(/ $/, "", list)
	if (list == "none")
		return 0
	k = split(list, parts, / ?, ?/)
	for (i = 1; i <= k; i++) {
		if (parts[i] !~ /^[a-z][a-z0-9_]* [a-z]+[?]?$/)
			fail("\"" parts[i] "\" is no name and type")
		split(parts[i], pair, " ")
		item_name[i] = pair[1]
		item_type[i] = pair[2]
		if (pair[1] in seen)
			fail(pair[1] " stands twice in a list")
		seen[pair[1]] = 1
	}
	return k
}

function is_named(arg,	pair) {
	gsub(/[ \t\n]+/, " ", arg)
	sub(/^ /, "", arg)
	sub(/ $/, "", arg)
	if (arg ~ /^[a-z][a-z0-9_]* => [{][a-z0-9_]*[}]$/) {
		split(arg, pair, " => ")
		if (pair[2] != "{" pair[1] "}")
			fail(pair[2] " for the argument " pair[1])
	}
	return arg ~ /^([a-z][a-z0-9_]* => |[{][*][}]$)/
}

# The arguments of a function of ours, when there are several, have names.
function check_calls(string,	rest, at, args, depth, c, quote, arg, bare) {
	rest = string
	while (match(rest, /callward\.[a-z_]+\(/)) {
		rest = substr(rest, RSTART + RLENGTH)
		depth = 1
		args = bare = quote = 0
		arg = ""
		for (at = 1; depth > 0 && at <= length(rest); at++) {
			c = substr(rest, at, 1)
			if (c == "'")
				quote = !quote
			else if (!quote && c == "(")
				depth++
			else if (!quote && c == ")")
				depth--
			if (depth == 0 || (depth == 1 && c == "," && !quote)) {
				args++
				bare += !is_named(arg)
				arg = ""
			} else
				arg = arg c
		}
		if (args > 1 && bare > 0)
			fail("an argument without its name")
	}
}

function by_number(i) {
	used[param_name[i]] = 1
	return "$" i "::" param_types[n, i]
}

# {name} and {*} become the server's $1, $2, ...
function numbered(string,	out, what, i, all) {
	if (string ~ /[$][0-9]/)
		fail("a parameter by its number")
	split("", used)
	while (match(string, /[{]([*]|[a-z][a-z0-9_]*)[}]/)) {
		out = out substr(string, 1, RSTART - 1)
		what = substr(string, RSTART + 1, RLENGTH - 2)
		string = substr(string, RSTART + RLENGTH)
		all = ""
		for (i = 1; i <= params[n]; i++)
			if (what == "*")
				all = all (i == 1 ? "" : ",\n    ") param_name[i] \
				    " => " by_number(i)
			else if (what == param_name[i])
				all = by_number(i)
		if (all == "")
			fail("{" what "} is no parameter")
		out = out all
	}
	for (i = 1; i <= params[n]; i++)
		if (!(param_name[i] in used))
			fail("{" param_name[i] "} is not used")
	return out string
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

# What a type is in C, and its number in PostgreSQL's pg_type.dat.
function type(sql, number, in_c) {
	oid[sql] = number
	if (in_c != "")
		kind[sql] = in_c
}

BEGIN {
	type("text", 25, "TEXT")
	type("uuid", 2950, "TEXT")
	type("jsonb", 3802, "TEXT")
	type("json", 114, "")
	type("date", 1082, "TEXT")
	type("timestamptz", 1184, "TEXT")
	type("numeric", 1700, "TEXT")
	type("integer", 23, "NUMBER")
	type("bigint", 20, "NUMBER")
	type("boolean", 16, "TRUTH")
	type("bytea", 17, "BYTES")
	member["TEXT"] = member["BYTES"] = "struct str "
	member["NUMBER"] = "struct db_number "
	member["TRUTH"] = "struct db_truth "
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
	if (part == "text") {
		for (i = 1; i <= n; i++)
			printf "%s", plain[i]
		exit
	}
	print "/* Made from sql/statements by sql/statements.awk. */"
	if (part == "header")
		print_header()
	else
		print_source()
}

function print_header(	i, k) {
	print "#ifndef CALLWARD_STATEMENTS_H"
	print "#define CALLWARD_STATEMENTS_H"
	print ""
	print "#include \"io/db_statement.h\""
	print ""
	printf "#define SCHEMA_VERSION %d\n", substr(last, 1, 4)
	printf "#define FUNCTIONS_SHA256 \\\n\t\"%s\"\n\n", functions
	print "enum statement {"
	for (i = 1; i <= n; i++)
		printf "\tSTATEMENT_%s,\n", toupper(names[i])
	print "\tSTATEMENTS"
	print "};"
	print ""
	print "extern const struct statement_row statements[STATEMENTS];"
	for (i = 1; i <= n; i++) {
		if (params[i] > 0) {
			printf "\nstruct statement_%s {\n", names[i]
			for (k = 1; k <= params[i]; k++)
				printf "\t%s%s;\n", member[kind[param_types[i, k]]],
				    param[i, k]
			print "};"
			printf "void statement_%s(struct db_values *, struct arena *,\n" \
			    "    const struct statement_%s *);\n", names[i], names[i]
		}
		if (columns[i] > 0) {
			print "\nenum {"
			for (k = 1; k <= columns[i]; k++)
				printf "\t%s_%s,\n", toupper(names[i]),
				    toupper(column[i, k])
			print "};"
		}
	}
	print "\n#endif"
}

function print_tables(i,	k) {
	if (params[i] > 0) {
		printf "\nstatic const struct statement_param %s_params[] = {\n",
		    names[i]
		for (k = 1; k <= params[i]; k++)
			printf "\t{ \"%s\", DB_KIND_%s, %s, %d,\n" \
			    "\t    offsetof(struct statement_%s, %s) },\n",
			    param[i, k], kind[param_types[i, k]],
			    (nullable[i, k] ? "true" : "false"),
			    oid[param_types[i, k]], names[i], param[i, k]
		print "};"
		printf "\nvoid\nstatement_%s(struct db_values *v, struct arena *a,\n" \
		    "    const struct statement_%s *params)\n{\n" \
		    "\tdb_values_init(v, a, STATEMENT_%s);\n" \
		    "\tdb_values_take(v, params);\n}\n",
		    names[i], names[i], toupper(names[i])
	}
	if (columns[i] > 0) {
		printf "\nstatic const struct statement_column %s_columns[] = {\n",
		    names[i]
		for (k = 1; k <= columns[i]; k++)
			printf "\t{ \"%s\", %d },\n", column[i, k],
			    oid[column_types[i, k]]
		print "};"
	}
}

function print_source(	i) {
	print "#include \"config.h\""
	print "#include <stddef.h>"
	print "#include \"io/db.h\""
	for (i = 1; i <= n; i++)
		print_tables(i)
	print "\nconst struct statement_row statements[STATEMENTS] = {"
	for (i = 1; i <= n; i++)
		printf "\t{ \"%s\", \"%s\", STATEMENT_%s, %d, %s, %d, %s, %s,%s },\n",
		    names[i], prepared[i], toupper(roles[i]), params[i],
		    (params[i] > 0 ? names[i] "_params" : "NULL"), columns[i],
		    (columns[i] > 0 ? names[i] "_columns" : "NULL"), proven[i],
		    quoted(texts[i])
	print "};"
}
