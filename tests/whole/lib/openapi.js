// Vapi's OpenAPI description as validators, where the file is there: it is
// not part of this repository. VAPI_OPENAPI names it.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const here = dirname(fileURLToPath(import.meta.url));
const path = process.env.VAPI_OPENAPI ?? join(here,
	'../../../../shared/reference/vapi-openapi.json');

export const openapiMissing = existsSync(path) ? false :
	'Vapi\'s OpenAPI description is not here (VAPI_OPENAPI)';

// The types of server messages that are asked for an answer.
export const ASKING = ['assistant-request', 'tool-calls',
	'transfer-destination-request', 'handoff-destination-request',
	'knowledge-base-request', 'voice-request', 'call.endpointing.request',
	'campaign.predial'];

// What a type is called in the names of schemas: "ToolCalls".
export const schemaName = (type) => type.split(/[-.]/)
	.map((word) => word[0].toUpperCase() + word.slice(1)).join('');

const annotations = new Set(['default', 'deprecated', 'description',
	'discriminator', 'example', 'examples', 'nullable', 'title', 'xml']);

// OpenAPI 3.0 to JSON Schema. oneOf becomes anyOf: its branches overlap,
// because the description leaves other members open everywhere.
function convert(schema) {
	if (Array.isArray(schema))
		return schema.map(convert);
	if (schema === null || typeof schema !== 'object')
		return schema;
	const out = {};
	for (const [key, value] of Object.entries(schema)) {
		if (annotations.has(key) || (key === 'enum' && value.length === 0))
			continue;
		// Lists of words that claim to be objects.
		if (key === 'type' && value === 'object' && schema.enum?.length > 0)
			continue;
		if (key === 'pattern' && /^\/.*\/$/s.test(value)) {
			// Written with the slashes of a literal.
			out.pattern = value.slice(1, -1);
		} else if (key === 'properties') {
			out.properties = Object.fromEntries(Object.entries(value)
				.map(([name, v]) => [name, convert(v)]));
		} else if (key === 'enum' && schema.type === 'array') {
			// A list's allowed items are written at the list.
			out.items = { enum: value };
		} else if (key === '$ref') {
			out.$ref = value.replace('#/components/schemas/', 'vapi#/$defs/');
		} else {
			out[key === 'oneOf' ? 'anyOf' : key] = convert(value);
		}
	}
	if (schema.nullable === true && typeof out.type === 'string')
		out.type = [out.type, 'null'];
	return out;
}

let ajv = null;
let all = null;

// The schemas as they are written.
export function schemas() {
	all ??= JSON.parse(readFileSync(path, 'utf8')).components.schemas;
	return all;
}

function load() {
	const $defs = Object.fromEntries(Object.entries(schemas())
		.map(([name, schema]) => [name, convert(schema)]));
	ajv = new Ajv({ strict: false, allErrors: true });
	addFormats(ajv);
	ajv.addSchema({ $id: 'vapi', $defs });
}

// Sentences about what is wrong with value as schema `name`; none: it is fine.
export function violations(name, value) {
	if (ajv === null)
		load();
	const validate = ajv.getSchema(`vapi#/$defs/${name}`);
	if (validate === undefined)
		throw new Error(`no schema ${name}`);
	return validate(value) ? [] :
		validate.errors.map((e) => `${e.instancePath} ${e.message}`);
}

// The names that a schema's object may have.
export function propertiesOf(name) {
	if (ajv === null)
		load();
	return Object.keys(ajv.getSchema('vapi').schema.$defs[name].properties);
}
