// Bodies made from Vapi's OpenAPI description: for a schema the smallest, the
// fullest, and one for each value of each member that has a choice.
import { schemas } from './openapi.js';

const DEPTH = 5;	// objects within objects that get their optional members
const VALUES = 40;	// of one enum; longer lists have a test of their own

// What members of these names must look like, whatever their schema leaves
// open.
const texts = { 'date-time': '2026-01-01T00:00:00.000Z', 'date': '2026-01-01',
	'uuid': '0b4f1f0a-7c1e-4d7c-9a3e-5c3d8e1f2a3b', 'uri': 'https://a.example',
	'email': 'a@a.example', 'url': 'https://a.example' };

function text(schema) {
	let made = texts[schema.format] ?? (schema.pattern === undefined ?
		'Text é "<&>" \u2028' : 'name');
	while (made.length < (schema.minLength ?? 0))
		made += 'x';
	return made.slice(0, schema.maxLength ?? made.length);
}

function number(schema) {
	return Math.min(Math.max(1, schema.minimum ?? 1), schema.maximum ?? 1);
}

const resolve = (schema) => (schema.$ref === undefined ? schema :
	schemas()[schema.$ref.replace('#/components/schemas/', '')]);

// One schema for allOf and the members beside it.
function flat(schema) {
	const all = resolve(schema);
	const { allOf = [], ...own } = all;
	return allOf.map(flat).reduce((sum, part) => ({ ...sum, ...part,
		properties: { ...sum.properties, ...part.properties },
		required: [...sum.required ?? [], ...part.required ?? []] }), own);
}

function object(schema, fill, seen) {
	const required = new Set(schema.required ?? []);
	const out = {};
	for (const [name, member] of Object.entries(schema.properties ?? {}))
		if (required.has(name) || (fill && seen.length < DEPTH))
			out[name] = value(member, fill, seen);
	return out;
}

// fill  with optional members; seen: the schemas that this one is within
function value(given, fill, seen, pick = 0) {
	if (given.$ref !== undefined && seen.includes(given.$ref))
		fill = false;
	if (given.$ref !== undefined)
		seen = [...seen, given.$ref];
	const schema = flat(given);
	const choices = schema.oneOf ?? schema.anyOf;
	if (choices !== undefined)
		return value(choices[pick % choices.length], fill,
			[...seen, 'choice']);
	if (schema.type === 'array')
		return Array.from({ length: Math.max(1, schema.minItems ?? 1) },
			() => (schema.enum === undefined ? value(schema.items ??
				{ type: 'string' }, fill, [...seen, 'list'], pick) :
				schema.enum[pick % schema.enum.length]));
	if (schema.enum?.length > 0)
		return schema.enum[pick % schema.enum.length];
	switch (schema.type) {
	case 'string': return text(schema);
	case 'number': case 'integer': return number(schema);
	case 'boolean': return true;
	default: return object(schema, fill, [...seen, 'object']);
	}
}

// How many ways a member can be made.
function ways(given) {
	const schema = flat(given);
	if (schema.type === 'array' && schema.enum === undefined)
		return schema.items === undefined ? 1 : ways(schema.items);
	return (schema.oneOf ?? schema.anyOf ?? schema.enum ?? [0]).length || 1;
}

// Bodies of the schema `name`: [{what, body}].
export function bodiesOf(name) {
	const schema = flat(schemas()[name]);
	const smallest = object(schema, false, []);
	const made = [{ what: 'required members', body: smallest },
		{ what: 'all members', body: object(schema, true, []) }];
	for (const [member, given] of Object.entries(schema.properties))
		for (let i = 0; i < Math.min(ways(given), VALUES); i++)
			made.push({ what: `${member} ${i}`, body: { ...smallest,
				[member]: value(given, true, [], i) } });
	return made;
}

// The schemas that one of `name`'s members may have.
export const branchesOf = (name, member) => flat(schemas()[name])
	.properties[member].oneOf.map((s) => s.$ref.split('/').pop());
