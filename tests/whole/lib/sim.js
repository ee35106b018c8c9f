// callward-sim behind nginx, as Vapi and as Twilio.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastcgiServer, startNginx } from './nginx.js';
import { run, start, waitForListener } from './process.js';

export const SIM_KEY = 'trial-vapi-key-0123456789';
export const SIM_SECRET = 'trial-webhook-secret-0123456789';
export const TWILIO_SID = `AC${'0123456789abcdef'.repeat(2)}`;
export const TWILIO_TOKEN = 'trial-twilio-token-0123456789';

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
		callbacks: (query = '?limit=10000') =>
			request('GET', `/sim/callbacks${query}`),
		// One server message on demand, and what was answered.
		message: (order) => request('POST', '/sim/message', order),
		messages: (id) => request('GET', `/sim/calls/${id}/messages`),
		connect: (id, callSid) => request('POST', `/stream/${id}`,
			callSid === undefined ? undefined :
				{ event: 'start', start: { callSid } }),
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
