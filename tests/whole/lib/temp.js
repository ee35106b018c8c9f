// Temporary folders and free ports of loopback.
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

export function freePort() {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.on('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}
