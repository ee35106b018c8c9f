// Temporary folders and free ports of loopback.
import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = [];

process.on('exit', () => {
	for (const dir of made)
		rmSync(dir, { recursive: true, force: true });
});

// A folder with a short path (sockets go into it) that other users may enter;
// it is removed when the test program ends.
export function tempDir(name = 'cw') {
	const dir = mkdtempSync(join(tmpdir(), `${name}-`));
	chmodSync(dir, 0o755);
	made.push(dir);
	return dir;
}

function canListen(port) {
	return new Promise((resolve) => {
		const server = createServer();
		server.on('error', () => resolve(0));
		server.listen(port, '127.0.0.1', () => {
			const { port: got } = server.address();
			server.close(() => resolve(got));
		});
	});
}

// From CALLWARD_PORTS on where the driver gives each program ports of its own,
// below those that the system gives to connections; else any.
let next = Number(process.env.CALLWARD_PORTS ?? 0);
if (next !== 0)
	next += randomInt(800);

export async function freePort() {
	for (;;) {
		const port = await canListen(next === 0 ? 0 : next++);
		if (port !== 0)
			return port;
	}
}
