// callward-sim behind nginx, as Vapi and as Twilio.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach } from 'node:test';
import { fastcgiServer, startNginx } from './nginx.js';
import { run, start, waitFor, waitForListener } from './process.js';
import { startReceiver } from './receiver.js';
import { freePort, tempDir } from './temp.js';

export const SIM_KEY = 'trial-vapi-key-0123456789';
export const SIM_SECRET = 'trial-webhook-secret-0123456789';
export const TWILIO_SID = `AC${'0123456789abcdef'.repeat(2)}`;
export const TWILIO_TOKEN = 'trial-twilio-token-0123456789';
export const ASSISTANT = '6d1f0c6e-2a57-4d0b-9a43-0d8d0f6f1a01';
export const NUMBER = '6d1f0c6e-2a57-4d0b-9a43-0d8d0f6f1a02';
export const METADATA = { user_id: 'user_a', call_id: 'c-1', seal: 'v1.k.s' };

// build        folder of the built programs
// callbackUrl  where server messages go
// twilioUrl    the webhook that `call` calls
// settings     more for sim.conf: {NAME: value}
// nginxPort    where to be reached; nginx is started here unless nginx: false
export async function startSim({ build, dir, callbackUrl, twilioUrl = '',
	nginxPort, threads = 64, seed = 0, nginx = true, settings = {} }) {
	const conf = join(dir, 'sim.conf');
	const socket = join(dir, 'sim.sock');
	const url = `http://127.0.0.1:${nginxPort}`;
	const program = join(build, 'callward-sim');
	writeFileSync(conf, [
		`SIM_CALLBACK_URL=${callbackUrl}`,
		...(twilioUrl === '' ? [] : [`SIM_TWILIO_URL=${twilioUrl}`]),
		`SIM_VAPI_URL=${url}`,
		`SIM_TWILIO_AUTH_TOKEN=${TWILIO_SID}:${TWILIO_TOKEN}`,
		`SIM_VAPI_API_KEY=${SIM_KEY}`,
		`SIM_VAPI_SECRET=${SIM_SECRET}`,
		`SIM_SEED=${seed}`,
		...Object.entries(settings).map(([name, v]) => `${name}=${v}`),
		'',
	].join('\n'), { mode: 0o600 });
	const process_ = await start({ name: 'sim', command: program, dir,
		args: ['serve', '-c', conf, '--listen', `unix:${socket}`,
			'--threads', String(threads)],
		ready: () => waitForListener(socket, { timeoutMs: 30000 }) });
	const server = nginx ? await startNginx({ dir, name: 'sim-nginx',
		http: fastcgiServer({ port: nginxPort, socket }),
		ports: [nginxPort] }) : null;
	const request = async (method, path, body) => {
		const res = await fetch(url + path, { method,
			body: body === undefined ? undefined : JSON.stringify(body) });
		const text = await res.text();
		if (!res.ok)
			throw new Error(`${method} ${path}: ${res.status} ${text}`);
		return text === '' ? null : JSON.parse(text);
	};
	return {
		url, conf, socket, process: process_,
		plan: (plan) => (plan === undefined ? request('GET', '/sim/plan') :
			request('PUT', '/sim/plan', plan)),
		reset: () => request('POST', '/sim/reset'),
		calls: (query = '?limit=10000') =>
			request('GET', `/sim/calls${query}`),
		chats: (query = '?limit=10000') =>
			request('GET', `/sim/chats${query}`),
		callbacks: (query = '?limit=10000') =>
			request('GET', `/sim/callbacks${query}`),
		// One server message on demand, and what was answered.
		message: (order) => request('POST', '/sim/message', order),
		messages: (id) => request('GET', `/sim/calls/${id}/messages`),
		connect: (id, callSid) => request('POST', `/stream/${id}`,
			callSid === undefined ? undefined :
				{ event: 'start', start: { callSid } }),
		// How a telephone behaves; without it, and what was heard there.
		phone: (number, phone) => (phone === undefined ?
			request('GET', `/sim/phones/${number}`) :
			request('PUT', `/sim/phones/${number}`, phone)),
		phones: () => request('GET', '/sim/phones'),
		legs: (query = '?limit=10000') =>
			request('GET', `/sim/legs${query}`),
		// One command of callward-sim.
		run: (command, ...args) =>
			run(program, [command, '-c', conf, ...args]),
		// One `callward-sim call`; lines are its stdout, parsed.
		async call(...args) {
			const done = await run(program, ['call', '-c', conf, ...args]);
			const lines = done.stdout.trim().split('\n')
				.filter((line) => line !== '')
				.map((line) => Object.fromEntries(
					[...line.matchAll(/(\w+)=("[^"]*"|\S+)/g)]
						.map((m) => [m[1], m[2]])));
			return { ...done, lines };
		},
		async stop() {
			await server?.stop('SIGTERM');
			return process_.stop('SIGTERM');
		},
	};
}

// Connections that a simulator has accepted and not closed yet: requests that
// it has and has not answered.
export const inHand = ({ socket }) => readFileSync('/proc/net/unix', 'utf8')
	.split('\n').filter((line) => / 03 +\d+ /.test(line) &&
		line.endsWith(` ${socket}`)).length;

// The body of a POST /call as Callward sends it.
export function createBody(more = {}) {
	return { phoneCallProviderBypassEnabled: true, phoneNumberId: NUMBER,
		assistantId: ASSISTANT, customer: { number: '+15551111111' },
		assistantOverrides: { metadata: METADATA }, ...more };
}

// A simulator for the tests of one file, with receivers of its messages and
// of its webhooks; all three begin anew before each test.
export async function useSim(options) {
	const world = {
		callbacks: await startReceiver(),
		webhook: await startReceiver(),
		another: async (more) => startSim({
			build: process.env.CALLWARD_BUILD, dir: tempDir('sim'),
			callbackUrl: `${world.callbacks.url}/api/webhooks/vapi`,
			twilioUrl: `${world.webhook.url}/api/webhooks/twilio`,
			nginxPort: await freePort(), ...options, ...more }),
		// One request to the API.
		async api(method, path, body, { key = SIM_KEY, headers = {},
			base = world.sim.url } = {}) {
			const res = await fetch(base + path, { method,
				redirect: 'manual',
				headers: { authorization: `Bearer ${key}`,
					'content-type': 'application/json', ...headers },
				body: body === undefined || typeof body === 'string' ?
					body : JSON.stringify(body) });
			const text = await res.text();
			let json = null;
			try {
				json = JSON.parse(text);
			} catch {
				// Some answers are pages, and looked at as text.
			}
			return { status: res.status, headers: res.headers, text, json };
		},
		async create(more) {
			const { status, json } = await world.api('POST', '/call',
				createBody(more));
			assert.equal(status, 201);
			return json;
		},
		// A call that has ended, all its messages delivered.
		async played(plan = {}, more = {}) {
			await world.sim.plan(plan);
			const call = await world.create(more);
			await world.sim.connect(call.id);
			await waitFor(async () => (await world.sim.callbacks()).data
				.some((c) => c.type === 'end-of-call-report' &&
					c.call_status === null && c.status === 200) &&
				world.callbacks.messages().some((m) =>
					m.type === 'end-of-call-report' &&
					m.endedReason === 'customer-ended-call'),
			{ what: 'report' });
			return call;
		},
	};
	world.sim = await world.another();
	after(async () => {
		await world.sim.stop();
		await world.callbacks.stop();
		await world.webhook.stop();
	});
	beforeEach(async () => {
		await world.sim.reset();
		world.callbacks.clear();
		world.callbacks.answer = () => ({ status: 200 });
		world.webhook.clear();
		world.webhook.answer = () => ({ status: 200,
			headers: { 'content-type': 'text/xml' },
			body: '<Response><Hangup/></Response>' });
	});
	return world;
}
