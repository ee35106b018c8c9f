# Makes words_table.h of Unicode's UnicodeData.txt (unicode-data of Debian 12 has
# it in /usr/share/unicode): what becomes of a character of a word. Case goes,
# and so do the accents of an alphabet, in every locale the same way:
#
#   LC_ALL=C awk -f lib/base/words_table.awk UnicodeData.txt \
#       > lib/base/words_table.h
#
# A letter becomes the small letter without its accents: by its decomposition,
# where that is canonical, of another width, or of Latin; of a digit the ASCII
# one. Blanks, punctuation and symbols part words. Accents that stand alone, and
# what only says how others are shown, are left out. What has no decomposition
# but is read as a Latin letter stands in "others" below.

function hex(text,	i, n) {
	text = toupper(text)
	for (i = 1; i <= length(text); i++)
		n = n * 16 + index("0123456789ABCDEF", substr(text, i, 1)) - 1
	return n
}

# Accents that stand alone, and the dot within a Catalan word.
function is_left_out(c) {
	return c == 183 || c >= 768 && c <= 879 || c >= 6832 && c <= 6911 ||
	    c >= 7616 && c <= 7679 || c >= 8400 && c <= 8447 ||
	    c >= 65056 && c <= 65071
}

# Hanzi and Hangul stay as they are written.
function decomposes(c, text) {
	if (text == "" || c >= 44032 && c <= 64255 ||
	    c >= 194560 && c <= 195103)
		return 0
	return text !~ /^</ || text ~ /^<(wide|narrow)>/ ||
	    c < 592 && text !~ /^<fraction>/ || c >= 64256 && c <= 64262
}

# The characters that c becomes: numbers, a space behind each.
function fold(c,	part, n, i, text) {
	if (is_left_out(c))
		return ""
	if (c in others)
		return others[c]
	if (c in digit)
		return digit[c] + 48 " "
	if (decomposes(c, decomposition[c])) {
		text = decomposition[c]
		sub(/^<[a-z]*> /, "", text)
		n = split(text, part, " ")
		text = ""
		for (i = 1; i <= n; i++)
			text = text fold(hex(part[i]))
		return text
	}
	return c in lower ? fold(lower[c]) : c " "
}

function utf8(c) {
	if (c < 128)
		return sprintf("%c", c)
	if (c < 2048)
		return sprintf("\\%03o\\%03o", 192 + int(c / 64), 128 + c % 64)
	if (c < 65536)
		return sprintf("\\%03o\\%03o\\%03o", 224 + int(c / 4096),
		    128 + int(c / 64) % 64, 128 + c % 64)
	return sprintf("\\%03o\\%03o\\%03o\\%03o", 240 + int(c / 262144),
	    128 + int(c / 4096) % 64, 128 + int(c / 64) % 64, 128 + c % 64)
}

function begin_range(c, how, by) {
	rows++
	first[rows] = last[rows] = c
	kind[rows] = how
	value[rows] = by
}

# What is alike and stands side by side, or at every other place, is one range.
function add(c, how, by) {
	if (rows && (how == kind[rows] || how == "ADD" &&
	    (kind[rows] == "EVERY_OTHER" || kind[rows] == "ADD")) &&
	    by == value[rows]) {
		if (how != "ADD" && (c == last[rows] + 1 || !between)) {
			last[rows] = c
			return
		}
		if (how == "ADD" && kind[rows] == "ADD" && c == last[rows] + 1) {
			last[rows] = c
			return
		}
		if (how == "ADD" && c == last[rows] + 2 &&
		    (kind[rows] == "EVERY_OTHER" || first[rows] == last[rows])) {
			kind[rows] = "EVERY_OTHER"
			last[rows] = c
			return
		}
	}
	begin_range(c, how, by)
}

function add_text(c, part, n,	k) {
	begin_range(c, "TEXT", size)
	for (k = 1; k <= n; k++) {
		texts[n_texts + 1] = texts[n_texts + 1] utf8(part[k])
		size += part[k] < 128 ? 1 : length(utf8(part[k])) / 4
	}
	n_texts++
	texts[n_texts] = texts[n_texts] "\\0"
	size++
}

BEGIN {
	FS = ";"
	split("223 115 115;230 97 101;240 100;248 111;254 116 104;273 100;" \
	    "295 104;305 105;322 108;339 111 101;359 116;962 963", pair, ";")
	for (i in pair) {
		n = split(pair[i], word, " ")
		for (k = 2; k <= n; k++)
			others[word[1]] = others[word[1]] word[k] " "
	}
}

{
	c = hex($1)
	category[c] = $3
	decomposition[c] = $6
	if ($3 == "Nd")
		digit[c] = $7
	if ($14 != "")
		lower[c] = hex($14)
	order[++count] = c
}

END {
	for (i = 1; i <= count; i++) {
		c = order[i]
		if (c < 128)
			continue
		if (is_left_out(c) || category[c] == "Cf" && c != 8203 ||
		    c >= 65024 && c <= 65039 || c >= 917760 && c <= 917999) {
			add(c, "DROP", 0)
			between = 0
			continue
		}
		if (category[c] ~ /^[PSZ]/ || category[c] == "Cc" ||
		    c == 8203) {
			add(c, "PART", 0)
			between = 0
			continue
		}
		if (fold(c) == c " ") {
			between = 1
			continue
		}
		n = split(fold(c), part, " ")
		if (n == 1)
			add(c, "ADD", part[1] - c)
		else
			add_text(c, part, n)
		between = 0
	}
	print "/* Made by words_table.awk of Unicode's UnicodeData.txt. */"
	print "/* clang-format off */"
	print "static const struct range ranges[] = {"
	line = "\t"
	for (i = 1; i <= rows; i++) {
		one = sprintf("{%d,%d,%s,%d},", first[i], last[i], kind[i],
		    value[i])
		if (length(line one) > 72) {
			print line
			line = "\t"
		}
		line = line one
	}
	print line
	print "};\n"
	print "static const char texts[] ="
	line = "\t\""
	for (i = 1; i <= n_texts; i++) {
		if (length(line texts[i]) > 72) {
			print line "\""
			line = "\t\""
		}
		line = line texts[i]
	}
	print line "\";"
	print "/* clang-format on */"
}
