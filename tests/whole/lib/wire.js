// Bytes that no honest client sends: HTTP as it is written, and FastCGI past
// the web server.
import { connect } from 'node:net';

function talk(target, bytes, { timeoutMs = 15000, half = false } = {}) {
	return new Promise((resolve) => {
		const socket = connect(target);
		const chunks = [];
		const end = () => {
			socket.destroy();
			resolve(Buffer.concat(chunks));
		};
		socket.setTimeout(timeoutMs, end);
		socket.on('data', (chunk) => chunks.push(chunk));
		socket.on('error', end);
		socket.on('close', end);
		if (half)
			socket.end(bytes);
		else
			socket.write(bytes);
	});
}

function readHead(text) {
	const [head, ...rest] = text.split('\r\n\r\n');
	const found = /^(?:HTTP\/1\.[01]|Status:) (\d{3})/m.exec(head);
	return { status: found === null ? null : Number(found[1]), head,
		body: rest.join('\r\n\r\n') };
}

// One HTTP exchange on a port of loopback; status null: no answer came.
// half  end our side after the bytes
export async function rawHttp(port, text, options) {
	return readHead((await talk({ host: '127.0.0.1', port },
		Buffer.from(text, 'latin1'), options)).toString('latin1'));
}

function lengthOf(n) {
	if (n < 128)
		return Buffer.from([n]);
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE((n | 0x80000000) >>> 0);
	return bytes;
}

function* records(type, bytes) {
	for (let at = 0; at < bytes.length; at += 65535) {
		const part = bytes.subarray(at, at + 65535);
		yield Buffer.concat([Buffer.from([1, type, 0, 1,
			part.length >> 8, part.length & 255, 0, 0]), part]);
	}
}

const EMPTY = (type) => Buffer.from([1, type, 0, 1, 0, 0, 0, 0]);

// What came on FCGI_STDOUT.
function outputOf(bytes) {
	const parts = [];
	for (let at = 0; at + 8 <= bytes.length;) {
		const length = bytes.readUInt16BE(at + 4);
		if (bytes[at + 1] === 6)
			parts.push(bytes.subarray(at + 8, at + 8 + length));
		at += 8 + length + bytes[at + 6];
	}
	return Buffer.concat(parts).toString('utf8');
}

// The records of a request.
// params  [name, value] pairs in their order, repeated ones too
// cut     without the end of the body
export function recordsOf(params, body = '', { cut = false } = {}) {
	const pairs = params.flatMap(([name, value]) => {
		const [n, v] = [Buffer.from(name), Buffer.from(value)];
		return [lengthOf(n.length), lengthOf(v.length), n, v];
	});
	return Buffer.concat([
		Buffer.from([1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
		...records(4, Buffer.concat(pairs)), EMPTY(4),
		...records(5, Buffer.from(body)), ...(cut ? [] : [EMPTY(5)])]);
}

// A request straight to the responder's socket.
export async function fastcgi(socket, params, body = '', options = {}) {
	return readHead(outputOf(await talk({ path: socket },
		recordsOf(params, body, options), options)));
}

// The parameters that a web server tells for a request.
export const paramsFor = (method, path, more = []) => [
	['REQUEST_METHOD', method], ['SCRIPT_NAME', path.split('?')[0]],
	['REQUEST_URI', path], ['QUERY_STRING', path.split('?')[1] ?? ''],
	['SERVER_PROTOCOL', 'HTTP/1.1'], ['GATEWAY_INTERFACE', 'CGI/1.1'],
	['REMOTE_ADDR', '127.0.0.1'], ...more];
