# Turns doc/openapi.json into C: one string a line, without the indentation.
# "PUBLIC_URL" becomes a string of its own, for the handler to replace.
#
#   awk -f api_openapi.awk doc/openapi.json

BEGIN {
	print "/* Made from doc/openapi.json. */"
	print "#include \"api/api_openapi.h\"\n"
	print "const char *const api_openapi_lines[] = {"
}
{
	sub(/^\t+/, "")
	gsub(/\\/, "&&")
	gsub(/"/, "\\\"")
	gsub(/PUBLIC_URL/, "\",\n\t\"&\",\n\t\"")
	printf "\t\"%s\",\n", $0
}
END {
	print "\t0\n};"
}
