// What web servers tell of one and the same request, which is not the same:
// no length, a path in two parts or in one, a body that ends or is cut off.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { closing } from './lib/closing.js';
import { fastcgiServer, startNginx } from './lib/nginx.js';
import { waitFor } from './lib/process.js';
import { SIM_SECRET } from './lib/sim.js';
import { freePort } from './lib/temp.js';
import { tenantKey, tenantSettings } from './lib/threats.js';
import { claims, makeToken } from './lib/token.js';
import { callForm, encodeForm, sign, verbOf } from './lib/twilio.js';
import { report } from './lib/vapi.js';
import { fastcgi, paramsFor, rawHttp, recordsOf } from './lib/wire.js';
import { A, LINE, TWILIO_PATH, VAPI_PATH, openWorld } from './lib/world.js';

const MIB = 1024 * 1024;
const world = await openWorld({ settings: tenantSettings });

const withJson = (...more) => paramsFor('POST', VAPI_PATH, [
	['HTTP_X_VAPI_SECRET', SIM_SECRET], ['CONTENT_TYPE', 'application/json'],
	...more]);
const NO_LENGTH = [['HTTP_TRANSFER_ENCODING', 'chunked']];

async function reportOf(tenant) {
	const row = await world.connected(tenant);
	return { row, body: JSON.stringify(report({ id: row.vapi_call_id,
		metadata: row.metadata })) };
}
const statusOf = async (row) =>
	(await world.row(row.twilio_call_sid)).status;

const withoutTrace = (attempts) => world.withoutTrace(attempts);

test('a body without a length is read to its end', async () => {
	for (const more of [NO_LENGTH, [['CONTENT_LENGTH', ''], ...NO_LENGTH]]) {
		const { row, body } = await reportOf(A);
		const answer = await fastcgi(world.socket, withJson(...more), body);
		assert.equal(answer.status, 200, answer.head);
		assert.equal(await statusOf(row), 'completed');
		const form = callForm({ from: A.number, to: LINE });
		const rung = await fastcgi(world.socket, paramsFor('POST',
			TWILIO_PATH, [['HTTP_X_TWILIO_SIGNATURE',
				sign(world.publicUrl + TWILIO_PATH, form)],
			['CONTENT_TYPE', 'application/x-www-form-urlencoded'],
			...more]), encodeForm(form));
		assert.equal(verbOf(rung.body), 'Connect', rung.head);
	}
});

test('none, and no length either, is an empty body', async () => {
	const answer = await fastcgi(world.socket, withJson());
	assert.notEqual(answer.status, null);
	assert.ok(answer.status < 500, answer.head);
});

test('one that is over its route\'s cap is refused', () =>
	withoutTrace(async () => {
		const answer = await fastcgi(world.socket, withJson(),
			Buffer.alloc(16 * MIB + 1, 0x20));
		assert.equal(answer.status, 413, answer.head);
	}));

test('one that is cut off is none, whatever had come', async () => {
	const { row, body } = await reportOf(A);
	await withoutTrace(async () => {
		const answer = await fastcgi(world.socket, withJson(), body,
			{ cut: true, half: true });
		assert.equal(answer.status, 400, answer.head);
	});
	assert.notEqual(await statusOf(row), 'completed');
});

const inHand = async () => Number(/^callward_body_bytes_in_hand (\d+)/m
	.exec((await world.get('/metrics')).body)[1]);

const parked = async () => Number(/^callward_requests_parked (\d+)/m
	.exec((await world.get('/metrics')).body)[1]);

test('it counts as the largest until it is read', async () => {
	const { body } = await reportOf(A);
	const socket = connect({ path: world.socket });
	socket.on('error', () => {});
	socket.write(recordsOf(withJson(), body, { cut: true }));
	await waitFor(async () => await inHand() === 16 * MIB,
		{ what: 'a body in hand' });
	// With what reading it may take, a second one has to wait.
	const second = fastcgi(world.socket, withJson(), body);
	await waitFor(async () => await parked() === 1, { what: 'one that waits' });
	socket.destroy();
	assert.equal((await second).status, 200);
	await waitFor(async () => await inHand() === 0, { what: 'all given back' });
});

test('nginx that does not wait for a body\'s end', async () => {
	const port = await freePort();
	world.servers.push(await startNginx({ dir: world.dir, name: 'nginx-stream',
		ports: [port], http: fastcgiServer({ port, socket: world.socket })
			.replace('location / {',
				'location / {\n\t\t\tfastcgi_request_buffering off;') }));
	const { row, body: report } = await reportOf(A);
	const body = report + ' '.repeat(300000);
	const answer = await rawHttp(port, [`POST ${VAPI_PATH} HTTP/1.1`,
		`Host: 127.0.0.1:${port}`, `X-Vapi-Secret: ${SIM_SECRET}`,
		'Content-Type: application/json', 'Connection: close',
		'Transfer-Encoding: chunked', '', body.length.toString(16), body, '0',
		'', ''].join('\r\n'));
	assert.equal(answer.status, 200, answer.head);
	assert.equal(await statusOf(row), 'completed');
});

// REQUEST_URI stays; the script's name and the rest of the path are told.
function told(uri, script, info, body) {
	const params = withJson(['CONTENT_LENGTH', String(body.length)])
		.filter(([name]) => !/^(SCRIPT_NAME|REQUEST_URI)$/.test(name));
	return fastcgi(world.socket, [...params, ['REQUEST_URI', uri],
		['SCRIPT_NAME', script], ['PATH_INFO', info]], body);
}

test('a script\'s name that nobody asked for is no part of the path',
	async () => {
		for (const [script, info] of [['/callward.fcgi', VAPI_PATH],
			['', VAPI_PATH], ['/api', VAPI_PATH.slice(4)]]) {
			const { row, body } = await reportOf(A);
			const answer = await told(VAPI_PATH, script, info, body);
			assert.equal(answer.status, 200, `${script} ${answer.head}`);
			assert.equal(await statusOf(row), 'completed');
		}
	});

test('an address with two readings is none', async () => {
	const { body } = await reportOf(A);
	await withoutTrace(async () => {
		for (const [uri, script, info] of [
			['/other', '/callward.fcgi', VAPI_PATH],
			[`/callward.fcgi${VAPI_PATH}`, '/x/callward.fcgi', VAPI_PATH],
			[VAPI_PATH.replace('w', '%77'), '/callward.fcgi', VAPI_PATH],
			[VAPI_PATH, '/callward.fcgi', VAPI_PATH.replace('w', '%77')],
			[`/x/..${VAPI_PATH}`, '/callward.fcgi', VAPI_PATH],
			[VAPI_PATH, VAPI_PATH, '/x'], [VAPI_PATH, '/callward.fcgi', ''],
			[`${VAPI_PATH}/`, '/callward.fcgi', VAPI_PATH]]) {
			const answer = await told(uri, script, info, body);
			assert.equal(answer.status, 404, `${uri} ${script} ${info}`);
		}
	});
});

// HAProxy 2.6 makes 302 of a Location that it meets after the Status.
test('Location stands before Status', async () => {
	const body = JSON.stringify({ name: 'Refills' });
	const token = makeToken(tenantKey, claims({ sub: A.user }));
	const answer = await fastcgi(world.socket, paramsFor('POST',
		'/api/intents', [['HTTP_AUTHORIZATION', `Bearer ${token}`],
			['CONTENT_TYPE', 'application/json'],
			['CONTENT_LENGTH', String(body.length)]]), body);
	assert.equal(answer.status, 201, answer.body);
	assert.match(answer.head, /^Location: \/.*\r\nStatus: 201 Created\r\n/);
});

closing(world);
