// What the web server in front makes of a request is the same whichever it is:
// headers that come twice or are spelt otherwise, addresses in absolute form,
// odd bytes, bodies in pieces, other machines.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { refusals } from './lib/shipped.js';
import { SIM_SECRET } from './lib/sim.js';
import { callForm, encodeForm, formHeaders, sign, verbOf }
	from './lib/twilio.js';
import { report } from './lib/vapi.js';
import { rawHttp } from './lib/wire.js';
import { A, LINE, TWILIO_PATH, VAPI_PATH, openWorld } from './lib/world.js';

const world = await openWorld();
const host = `127.0.0.1:${world.port}`;

// A request as it is written; headers are whole lines.
function ask(line, headers = [], body) {
	const all = [...headers, 'Connection: close',
		...(body === undefined ? [] :
			[`Content-Length: ${Buffer.byteLength(body)}`])];
	return rawHttp(world.port,
		`${line} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

// A voice webhook whose signature is good for the path that it names.
function webhook({ address = TWILIO_PATH, path = TWILIO_PATH,
	headers = [`Host: ${host}`] } = {}) {
	const form = callForm({ from: A.number, to: LINE });
	return ask(`POST ${address}`, [...headers, ...Object.entries(
		formHeaders(sign(world.publicUrl + path, form)))
		.map(([name, value]) => `${name}: ${value}`)], encodeForm(form));
}

const withoutTrace = (attempts) => world.withoutTrace(attempts);

test('an address in absolute form is the same address', async () => {
	for (const scheme of ['http', 'https', 'HTTP']) {
		const answer = await webhook({
			address: `${scheme}://${host}${TWILIO_PATH}` });
		assert.equal(answer.status, 200, scheme);
		assert.equal(verbOf(answer.body), 'Connect', scheme);
	}
});

test('one that contradicts the Host header is refused', async () => {
	await withoutTrace(async () => {
		for (const [other, named] of [['evil.example', host],
			[host, 'evil.example'], [`${host}0`, host],
			[`x${host}`, host], ['127.0.0.1', host]])
			for (const scheme of ['http', 'https']) {
				const answer = await webhook({ headers: [`Host: ${named}`],
					address: `${scheme}://${other}${TWILIO_PATH}` });
				assert.equal(answer.status, 400, `${other} ${named}`);
			}
		for (const address of [`ftp://${host}${TWILIO_PATH}`,
			TWILIO_PATH.slice(1), '*', '\\']) {
			const answer = await webhook({ address });
			assert.equal(answer.status, 400, address);
		}
	});
});

test('what may come once and comes twice is refused', async () => {
	const body = '{}';
	const good = `X-Vapi-Secret: ${SIM_SECRET}`;
	const bearer = `Authorization: Bearer ${SIM_SECRET}`;
	const vapi = (...headers) => ask(`POST ${VAPI_PATH}`,
		[`Host: ${host}`, ...headers], body);
	assert.equal((await vapi(good)).status, 200);
	assert.equal((await vapi(bearer)).status, 200);
	assert.equal((await vapi(good, bearer)).status, 200);
	await withoutTrace(async () => {
		for (const headers of [[good, good], [good, `${good}x`],
			['X-Vapi-Secret: x', good],
			[`X_Vapi_Secret: ${SIM_SECRET}`], ['X_Vapi_Secret: x'],
			[`X_Vapi_Secret: ${SIM_SECRET}`, 'X-Vapi-Secret: x']])
			assert.ok(refusals(401, headers.map((h) => h.split(':')[0]))
				.includes((await vapi(...headers)).status),
			JSON.stringify(headers.map((h) => h.slice(0, 15))));
		for (const headers of [[bearer, bearer], [bearer, 'Authorization: x'],
			['Authorization: x', bearer]])
			assert.ok([400, 401].includes((await vapi(...headers)).status));
		for (const headers of [['Content-Length: 2', 'Content-Length: 2'],
			['Content-Length: 2', 'Content-Length: 1'],
			['Content-Length: 2', 'Transfer-Encoding: chunked'],
			['Host: evil.example']])
			assert.equal((await ask(`POST ${VAPI_PATH}`, [`Host: ${host}`,
				good, ...headers])).status, 400, headers.join());
	});
});

test('the query reaches the responder byte for byte', async () => {
	for (const query of ['a=%0a', 'a=%00%01', 'a=%ff', 'a=%zz', 'a=%2F%2f',
		'a=%41&a=A', 'a=+%20', 'a=/../b', 'a=//', '%', '?', 'a[]={}|^']) {
		const answer = await webhook({ address: `${TWILIO_PATH}?${query}`,
			path: `${TWILIO_PATH}?${query}` });
		assert.equal(verbOf(answer.body), 'Connect', query);
	}
});

test('a request\'s head may have 32 KiB, and no more', async () => {
	const headOf = (bytes) => {
		const line = 'GET /healthz HTTP/1.1\r\n';
		const rest = `Host: ${host}\r\nConnection: close\r\n\r\n`;
		const pad = 'X-Long: ';
		return `${line}${pad}${'x'.repeat(bytes - line.length - pad.length -
			rest.length - 2)}\r\n${rest}`;
	};
	for (const bytes of [9000, 32000, 32700])
		assert.equal((await rawHttp(world.port, headOf(bytes))).status, 200,
			`${bytes}`);
	assert.ok([400, 431].includes((await rawHttp(world.port,
		headOf(33000))).status));
});

// Each parameter may say much, and all of them are in the address.
test('a webhook by GET may have an address of 32 KiB', async () => {
	const get = (bytes) => {
		const form = callForm({ from: A.number, to: LINE });
		const plain = `${TWILIO_PATH}?${encodeForm(form)}&SipHeader_Geo=`;
		const path = plain + 'x'.repeat(bytes - plain.length);
		return ask(`GET ${path}`, [`Host: ${host}`,
			`X-Twilio-Signature: ${sign(world.publicUrl + path, {})}`]);
	};
	for (const bytes of [9000, 20000, 32000]) {
		const answer = await get(bytes);
		assert.equal(answer.status, 200, `${bytes}`);
		assert.equal(verbOf(answer.body), 'Connect', `${bytes}`);
	}
	assert.ok([400, 414, 431].includes((await get(33000)).status));
});

test('a path with odd bytes is nobody\'s', async () => {
	await withoutTrace(async () => {
		for (const path of ['/%00', '/%0a', '/%ff', '/%zz', '//', '/\xff'])
			for (const address of [`${TWILIO_PATH}${path}`, path]) {
				const { status } = await webhook({ address });
				assert.ok([400, 404, 405].includes(status),
					`${address} ${status}`);
			}
	});
});

test('a body in pieces is a body', async () => {
	const row = await world.connected(A);
	const body = JSON.stringify(report({ id: row.vapi_call_id,
		metadata: row.metadata }));
	const status = await new Promise((resolve, reject) => {
		const req = request({ host: '127.0.0.1', port: world.port,
			method: 'POST', path: VAPI_PATH, headers: {
				'Content-Type': 'application/json',
				'X-Vapi-Secret': SIM_SECRET } });
		req.on('response', (res) => {
			res.resume();
			resolve(res.statusCode);
		});
		req.on('error', reject);
		for (let i = 0; i < body.length; i += 100)
			req.write(body.slice(i, i + 100));
		req.end();
	});
	assert.equal(status, 200);
	assert.equal((await world.row(row.twilio_call_sid)).status, 'completed');
});

test('metrics are for this machine\'s address alone', async () => {
	for (const [localAddress, status] of [['127.0.0.1', 200],
		['127.0.0.2', 403]]) {
		const answer = await new Promise((resolve, reject) => {
			request({ host: '127.0.0.1', port: world.port, localAddress,
				path: '/metrics' }, async (res) => {
				res.setEncoding('utf8');
				let body = '';
				for await (const part of res)
					body += part;
				resolve({ status: res.statusCode, body });
			}).on('error', reject).end();
		});
		assert.equal(answer.status, status, localAddress);
		assert.equal(/callward_/.test(answer.body), status === 200);
	}
});

test('nothing else is served', async () => {
	for (const path of ['/callward.conf', '/server-status',
		'/nginx_status', '/api', '/api/', '/apis', '/etc/passwd',
		'/../etc/passwd', '/callward-sentence.twiml/x'])
		for (const address of [path, `${path}?x`]) {
			const { status, body } = await ask(`GET ${address}`,
				[`Host: ${host}`]);
			assert.ok([400, 404].includes(status), `${address} ${status}`);
			assert.doesNotMatch(body, /root:|server\.modules/);
		}
});

closing(world);
