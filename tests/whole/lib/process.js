// Programs that a test starts, and waiting for what they do. What was started
// is stopped by its own pid, at the latest when the test program ends.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const running = new Set();

// How much longer everything may take, under a sanitizer or valgrind.
const times = Number(process.env.CALLWARD_TIMES ?? 1);

process.on('exit', () => {
	for (const child of running)
		child.kill('SIGKILL');
});

// Whoever is killed leaves its own children behind, as nginx does: so all are
// told to stop first.
async function leave() {
	for (const child of running)
		child.kill('SIGINT');
	await waitFor(() => running.size === 0, { timeoutMs: 5000 })
		.catch(() => {});
	process.exit(1);
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'])
	process.once(signal, leave);

// Poll until condition() gives something true, and return that.
export async function waitFor(condition, { what = 'condition',
	timeoutMs = 10000, everyMs = 20 } = {}) {
	const until = Date.now() + timeoutMs * times;
	for (;;) {
		const value = await condition();
		if (value)
			return value;
		if (Date.now() > until)
			throw new Error(`no ${what} within ${timeoutMs} ms`);
		await sleep(everyMs);
	}
}

function answers(target) {
	return new Promise((resolve) => {
		const socket = connect(target);
		socket.on('connect', () => {
			socket.destroy();
			resolve(true);
		});
		socket.on('error', () => resolve(false));
	});
}

// Wait until somebody listens on a port of loopback, or on a socket's path.
export function waitForListener(target, options = {}) {
	const where = typeof target === 'number'
		? { host: '127.0.0.1', port: target } : { path: target };
	return waitFor(() => answers(where),
		{ what: `listener on ${target}`, ...options });
}

// Run a program to its end: {status, signal, stdout, stderr}.
export function run(command, args = [], { env, cwd, input } = {}) {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args,
			{ cwd, env: { ...process.env, ...env } });
		const out = { stdout: '', stderr: '' };
		running.add(child);
		child.stdout.on('data', (d) => { out.stdout += d; });
		child.stderr.on('data', (d) => { out.stderr += d; });
		child.on('error', reject);
		child.on('close', (status, signal) => {
			running.delete(child);
			resolve({ status, signal, ...out });
		});
		child.stdin.on('error', () => {});
		child.stdin.end(input);
	});
}

// Start a program that stays. Its output goes to DIR/NAME.log.
// ready()  polled until it is true; the program dying first is an error
export async function start({ name, command, args = [], dir, env,
	ready, timeoutMs = 10000 }) {
	const path = join(dir, `${name}.log`);
	const log = openSync(path, 'a');
	const child = spawn(command, args, { cwd: dir,
		env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
	closeSync(log);
	running.add(child);
	// A test that failed before its stop() does not hang the whole program.
	child.unref();
	const exited = new Promise((resolve) => {
		child.on('error', (error) => resolve({ error }));
		child.on('exit', (status, signal) => resolve({ status, signal }));
	}).then((how) => {
		running.delete(child);
		return how;
	});
	const program = {
		name,
		pid: child.pid,
		exited,
		log: () => readFileSync(path, 'utf8'),
		signal: (signal) => child.kill(signal),
		async stop(signal = 'SIGTERM', withinMs = 10000) {
			const patience = new AbortController();
			child.kill(signal);
			const how = await Promise.race([exited,
				sleep(withinMs * times, null, { signal: patience.signal })]);
			if (how !== null) {
				patience.abort();
				return how;
			}
			child.kill('SIGKILL');
			await exited;
			throw new Error(`${name} did not stop in ${withinMs} ms`);
		},
	};
	if (ready !== undefined) {
		let dead = null;
		exited.then((how) => { dead = how; });
		try {
			await waitFor(async () => {
				if (dead !== null)
					throw new Error(`${name} ended: ` +
						`${JSON.stringify(dead)}\n${program.log()}`);
				return ready();
			}, { what: `sign of ${name}`, timeoutMs });
		} catch (error) {
			child.kill('SIGKILL');
			throw error;
		}
	}
	return program;
}
