// The codes of what may be wrong with a request (fcgi/api/api_problem.c) with
// their messages, and those that C and the functions of the database name.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const table = 'fcgi/api/api_problem.c';
const read = (path) => readFileSync(join(source, path), 'utf8');
const all = (text, pattern) => [...text.matchAll(pattern)];

// The text of the files of a folder, without those of these names.
const textOf = (folder, pattern, without) =>
	readdirSync(join(source, folder), { recursive: true })
		.filter((name) => pattern.test(name) && !without.test(name))
		.map((name) => read(join(folder, name))).join('\n');

// member: what C calls it.
export const problems = all(read(table),
	/\[PROBLEM_(\w+)\] = \{ "(\w+)",\s+"([^"]+)" \}/g)
	.map(([, member, code, message]) => ({ member, code, message }));
export const rows = all(read(table), /\[PROBLEM_/g).length;

export const namedInC = [...new Set(all(textOf('fcgi/api', /\.c$/,
	/api_problem/), /\bPROBLEM_(\w+)/g).map(([, member]) => member))];

// A code stands behind a field or an outcome in a call, behind 'code', or in a
// case that becomes why.
const sql = textOf('sql/functions', /\.sql$/,
	/\b(complaint|problem|at_most)\.sql$/).replace(/^\s*--.*$/gm, '');
const called = all(sql, new RegExp(String.raw`\.(?:complaint|problem|at_most)` +
	String.raw`\(\s*(?:'\w+'|'\w+\.\w+'|[\w.]+|case\b[^,]*?\bend),\s*` +
	String.raw`'([^']*)'`, 'g'));
const cases = all(sql, /\bwhy := case([\s\S]*?)\bend;/g);
export const namedInSql = [...new Set([...called,
	...all(sql, /'code', '([^']*)'/g),
	...cases.flatMap(([, text]) =>
		all(text, /\b(?:then|else)\s+'([^']*)'/g))].map(([, code]) => code))];
// How many calls there are that name no code in one of these ways.
export const unread = all(sql, /\.(?:complaint|problem|at_most)\(/g).length -
	called.length;
