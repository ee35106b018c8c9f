// The description of the API (doc/openapi.json) as a judge: is this answer one
// of those that it names for this request?
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export const document = JSON.parse(readFileSync(join(dirname(
	fileURLToPath(import.meta.url)), '../../../doc/openapi.json'), 'utf8'));

// "METHOD /path" of each operation, with its row.
export const operations = Object.entries(document.paths).flatMap(
	([path, item]) => ['get', 'post', 'put', 'patch', 'delete']
		.filter((method) => item[method] !== undefined)
		.map((method) => ({ name: `${method.toUpperCase()} ${path}`, path,
			method, ...item[method],
			pattern: new RegExp(`^${path.replaceAll('.', '\\.')
				.replaceAll(/\{\w+\}/g, '[^/]+')}$`) })));

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
ajv.addSchema({ $id: 'document', ...document });
const validators = new Map();

function validator(pointer) {
	if (!validators.has(pointer))
		validators.set(pointer, ajv.compile({ $ref: `document#${pointer}` }));
	return validators.get(pointer);
}

const escaped = (word) => word.replaceAll('~', '~0').replaceAll('/', '~1');

function operationOf(method, path) {
	const [bare] = path.split('?');
	return operations.find((o) => o.method === method.toLowerCase() &&
		o.pattern.test(bare));
}

// answer  {status, headers, body: text}
export function judge(method, path, answer) {
	const op = operationOf(method, path);
	assert.ok(op, `the document has no ${method} ${path.split('?')[0]}`);
	let response = op.responses[answer.status];
	let pointer = `/paths/${escaped(op.path)}/${op.method}/responses/` +
		`${answer.status}`;
	assert.ok(response, `${op.name}: the document names no ${answer.status}: ` +
		answer.body);
	if (response.$ref !== undefined) {
		const name = response.$ref.split('/').at(-1);
		pointer = `/components/responses/${name}`;
		response = document.components.responses[name];
	}
	if (response.content === undefined) {
		assert.equal(answer.body.length, 0, op.name);
		return;
	}
	const given = answer.headers['content-type'];
	const [type, media] = Object.entries(response.content).find(([t]) =>
		given.startsWith(t.replace('*', ''))) ?? [];
	assert.ok(type, `${op.name} ${answer.status}: not as ${given}`);
	if (!type.endsWith('json'))
		return;
	const validate = validator(`${pointer}/content/${escaped(type)}/schema`);
	assert.ok(validate(JSON.parse(answer.body)), `${op.name} ` +
		`${answer.status}: ${ajv.errorsText(validate.errors)}\n${answer.body}`);
	assert.ok(media);
}
