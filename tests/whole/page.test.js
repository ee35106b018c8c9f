// The dashboard's page as the web server in front serves it: what is there,
// what is not, its types, its headers, how long it is kept and what it weighs.
// Servers: nginx, lighttpd
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, extname, join, posix } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { problems } from './lib/problems.js';
import { serverName, startShipped, web } from './lib/shipped.js';
import { freePort, tempDir } from './lib/temp.js';
import { rawHttp } from './lib/wire.js';

const source = join(dirname(fileURLToPath(import.meta.url)), '../..');
const skip = existsSync(join(web, 'vendor/LIST')) ? false :
	'the page was not made ("make web" in the build folder says why)';
const BUDGET_BYTES = 100 * 1024;
const TYPES = { '.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.css': 'text/css; charset=utf-8', '.json': 'application/json',
	'.svg': 'image/svg+xml', '': 'text/plain; charset=utf-8' };
const STRICT = 'default-src \'none\'; script-src \'self\'; ' +
	'style-src \'self\'; connect-src \'self\'; img-src \'self\' data:; ' +
	'media-src \'self\' blob:; base-uri \'none\'; form-action \'none\'; ' +
	'frame-ancestors \'none\'';
const HEADERS = { 'content-security-policy': STRICT,
	'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
	'permissions-policy': 'camera=(), microphone=(), geolocation=(), ' +
		'payment=(), usb=()',
	'cross-origin-opener-policy': 'same-origin' };

const files = skip ? [] : readdirSync(web, { recursive: true })
	.filter((path) => !path.startsWith('.') &&
		statSync(join(web, path)).isFile()).sort();
const own = files.filter((path) => !path.startsWith('vendor/'));
const text = (path) => readFileSync(join(web, path), 'utf8');
const servers = [];

// The shipped server in front of a responder that is away; its port.
async function serve(name, changes) {
	const dir = tempDir('cw-page');
	const port = await freePort();

	servers.push(await startShipped({ source, dir, name, port,
		socket: join(dir, 'nobody.sock'), changes }));
	return port;
}

after(() => Promise.all(servers.map((server) => server.stop())));

const port = skip ? 0 : await serve(serverName);

// The answer with its bytes as they were sent.
function ask(path, { method = 'GET', headers = {}, at = port } = {}) {
	return new Promise((resolve, reject) => {
		request({ host: '127.0.0.1', port: at, method, path, agent: false,
			headers: { 'Accept-Encoding': 'gzip', ...headers } },
		async (answer) => {
			const parts = [];
			for await (const part of answer)
				parts.push(part);
			resolve({ status: answer.statusCode, headers: answer.headers,
				bytes: Buffer.concat(parts) });
		}).on('error', reject).end();
	});
}

function strict({ headers }, what) {
	for (const [name, value] of Object.entries(HEADERS))
		assert.equal(headers[name], value, `${what}: ${name}`);
}

test('every file comes with its type and the strict headers', { skip },
	async () => {
		assert.ok(files.length > 20);
		for (const path of files) {
			const answer = await ask(`/${path}`);
			assert.equal(answer.status, 200, path);
			assert.equal(answer.headers['content-type'], TYPES[extname(path)],
				path);
			strict(answer, path);
			const packed = answer.headers['content-encoding'] === 'gzip';
			assert.deepEqual(packed ? gunzipSync(answer.bytes) : answer.bytes,
				readFileSync(join(web, path)), path);
			if (statSync(join(web, path)).size > 2000) {
				assert.ok(packed, path);
				assert.match(answer.headers.vary, /accept-encoding/i, path);
			}
		}
	});

test('the address of the page alone is the page', { skip }, async () => {
	for (const path of ['/', '/?x=1', '/index.html']) {
		const answer = await ask(path, { headers: { 'Accept-Encoding': '' } });
		assert.equal(answer.status, 200, path);
		assert.equal(answer.bytes.toString(), text('index.html'), path);
		strict(answer, path);
	}
	assert.equal((await ask('/', { method: 'HEAD' })).status, 200);
});

test('our own files are asked for anew, what is others\' is kept', { skip },
	async () => {
		for (const path of files) {
			const { headers } = await ask(`/${path}`);
			assert.equal(headers['cache-control'], path.startsWith('vendor/') ?
				'public, max-age=86400' : 'no-cache', path);
			assert.ok(headers.etag, path);
			const again = await ask(`/${path}`, { headers: {
				'If-None-Match': headers.etag } });
			assert.equal(again.status, 304, path);
			assert.equal(again.bytes.length, 0, path);
		}
	});

test('nothing else is there, and folders tell nothing', { skip }, async () => {
	for (const path of ['/nothing', '/nothing.js', '/vendor', '/vendor/',
		'/lib/', '/lib', '/views/', '/lang', '/.made', '/vendor/.', '/.git/config',
		'/app.js/', '/app.js/x', '/index.html/api', '/package.json', '/assemble',
		'/web/app.js', '/INDEX.HTML', '/calls']) {
		const answer = await ask(path, { headers: { 'Accept-Encoding': '' } });
		assert.equal(answer.status, 404, path);
		assert.equal(answer.bytes.toString(), text('404.html'), path);
		strict(answer, path);
	}
});

test('no path leads out of the folder', { skip }, async () => {
	for (const path of ['/../Makefile', '/vendor/../../Makefile',
		'/%2e%2e/Makefile', '/vendor/%2e%2e/%2e%2e/Makefile',
		'/..%2fMakefile', '/vendor/..%5c..%5cMakefile', '//../Makefile',
		'/vendor/....//....//Makefile', '/%252e%252e/Makefile',
		'/../../../../../../etc/passwd', '/lib%00/../Makefile']) {
		const { status, body } = await rawHttp(port, `GET ${path} HTTP/1.1\r\n` +
			'Host: callward.example\r\nConnection: close\r\n\r\n');
		assert.ok([400, 404].includes(status), `${path} ${status}`);
		assert.doesNotMatch(body, /root:|callward_fcgi/, path);
	}
});

test('it can only be read', { skip }, async () => {
	for (const path of ['/', '/app.js', '/vendor/preact.js'])
		for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE']) {
			const answer = await ask(path, { method,
				headers: { 'Content-Length': '0' } });
			assert.ok(answer.status >= 400, `${method} ${path}`);
			assert.doesNotMatch(answer.bytes.toString(), /import/);
		}
});

test('the API keeps its own answers and headers', { skip }, async () => {
	for (const path of ['/api', '/api/calls', '/healthz', '/readyz']) {
		const { status, headers } = await ask(path);
		assert.equal(status, 503, path);
		assert.equal(headers['content-type'], 'application/problem+json', path);
		assert.equal(headers['content-security-policy'], undefined, path);
		assert.equal(headers['cache-control'], 'private, no-store', path);
	}
});

// What a module loads: with it, and by import(...) when it runs.
const STATIC = /^(?:import|export)\b[^;]*?\bfrom\s+'([^']+)'|\bfrom"([^"]+)"/gm;

function imports(path, pattern = STATIC) {
	return [...text(path).matchAll(pattern)].map(([, one, other]) =>
		posix.join(posix.dirname(path), one ?? other));
}

const later = (path) => imports(path, /\bimport\('([^']+)'\)/g);

// The files that these lead to. The frame asks for views and for Clerk only as
// they are wanted.
function together(paths, { run = true, found = new Set() } = {}) {
	for (const path of paths) {
		if (found.has(path))
			continue;
		found.add(path);
		if (extname(path) === '.js')
			together([...imports(path), ...run && path !== 'app.js' ?
				later(path) : []], { run, found });
	}
	return found;
}

test('a first visit of any view stays within its weight', { skip },
	async (t) => {
		const weight = Object.fromEntries(await Promise.all(files.map(
			async (path) => {
				const { status, bytes } = await ask(`/${path}`);
				assert.equal(status, 200, path);
				return [path, bytes.length];
			})));
		const sum = (paths) => paths.reduce((n, path) => n + weight[path], 0);
		const frame = ['index.html', ...[...text('index.html').matchAll(
			/ (?:src|href)="([^"]+)"/g)].map(([, path]) => path)];
		const views = files.filter((path) => path.startsWith('views/'));
		// What the first view does without, the others bring with them.
		const looks = [...text('app.js').matchAll(/'(style-\w+\.css)'/g)]
			.map(([, path]) => path);

		assert.ok(views.length > 10 && looks.length > 0);
		for (const view of views)
			for (const words of ['lang/en.json', 'lang/es.json']) {
				const total = sum([...new Set([
					...together([...frame, words], { run: false }),
					...together(['app.js', view]),
					...view === 'views/overview.js' ? [] : looks])]);
				t.diagnostic(`${total} bytes compressed: ${view}, ${words}`);
				assert.ok(total <= BUDGET_BYTES, `${view}: ${total} bytes`);
			}
		t.diagnostic(`${sum(files.filter((path) => extname(path) !== '' &&
			path !== 'lib/clerk.js'))} bytes compressed: all there is`);
	});

test('the list tells what is taken from others', { skip }, () => {
	const lock = JSON.parse(readFileSync(join(source,
		'web/package-lock.json'))).packages;
	const listed = text('vendor/LIST').trimEnd().split('\n')
		.map((line) => line.split('\t'));
	const licences = text('vendor/LICENSES');

	assert.deepEqual(listed.map(([name]) => `vendor/${name}`).sort(),
		files.filter((path) => /^vendor\/.*\./.test(path)));
	for (const [name, what, licence, hash, from, plain] of listed) {
		const [, pack, version] = /^(.+) (\S+)$/.exec(what);
		const entry = lock[`node_modules/${pack}`];
		assert.equal(version, entry.version, name);
		assert.equal(licence, entry.license, name);
		assert.match(entry.integrity, /^sha512-/, name);
		assert.equal(entry.resolved, undefined, name);
		assert.equal(createHash('sha256').update(readFileSync(
			join(web, 'vendor', name))).digest('hex'), hash, name);
		assert.ok(from && plain, name);
		assert.ok(licences.includes(`${pack}\n`), name);
	}
});

test('modules import what is there, and nothing is inline', { skip }, () => {
	const there = new Set(files);
	let n = 0;

	for (const path of files.filter((name) => extname(name) === '.js')) {
		for (const to of [...imports(path), ...later(path)]) {
			assert.ok(there.has(to), `${path}: ${to}`);
			n++;
		}
		assert.doesNotMatch(text(path),
			/^import\b[^;]*\bfrom\s+['"][^.]|\bfrom"[^.]/m, path);
	}
	assert.ok(n > 50);
	for (const path of own.filter((name) => extname(name) === '.html')) {
		for (const [, attribute, to] of text(path).matchAll(
			/ (src|href)="([^"#]+)"/g))
			assert.ok(to === '/' || there.has(to.replace(/^\//, '')),
				`${path}: ${attribute} ${to}`);
		assert.doesNotMatch(text(path), /<script>|<style| style=| on\w+=/i);
	}
	for (const path of own.filter((name) => extname(name) === '.js'))
		assert.doesNotMatch(text(path),
			/\bstyle=|\beval\(|innerHTML|document\.write/, path);
});

test('no view asks this device what time it is', { skip }, () => {
	const asks = (path) => /\bnew Date\(\)|\bDate\.now\(\)/.test(text(path));

	assert.ok(asks('lib/clock.js'));
	assert.deepEqual(own.filter((path) => extname(path) === '.js' &&
		asks(path)), ['lib/api.js', 'lib/clock.js']);
});

// {key: text} of a language, each form of a plural by itself.
function wordsOf(tag) {
	return Object.fromEntries(Object.entries(JSON.parse(
		text(`lang/${tag}.json`))).flatMap(([key, value]) =>
		typeof value === 'string' ? [[key, value]] :
			Object.entries(value).map(([form, one]) =>
				[`${key} ${form}`, one])));
}

const placeholders = (words) => [...new Set([...words.matchAll(/\{\w+\}/g)]
	.map(([name]) => name))].sort();

test('both languages say the same things', { skip }, () => {
	const [en, es] = [wordsOf('en'), wordsOf('es')];
	const numbered = (key) => key.replace(/ (one|many|other)$/, '');
	let differ = 0;

	assert.deepEqual([...new Set(Object.keys(es).map(numbered))].sort(),
		[...new Set(Object.keys(en).map(numbered))].sort());
	for (const [key, words] of Object.entries(en)) {
		const other = es[key] ?? es[`${numbered(key)} other`];
		assert.ok(other.trim() !== '' && words.trim() !== '', key);
		if (!key.endsWith(' one'))
			assert.deepEqual(placeholders(other), placeholders(words), key);
		differ += other !== words;
	}
	assert.ok(differ > 0.9 * Object.keys(en).length, `${differ} differ`);
});

test('each word that is asked for is in the language file', { skip }, () => {
	const known = new Set(Object.keys(JSON.parse(text('lang/en.json'))));
	const code = own.filter((path) => extname(path) === '.js').map(text)
		.join('\n').replace(/^\s*\/\/.*$/gm, '');
	const asked = [...code.matchAll(/\bt\('([a-z_.0-9]+)'/g)]
		.map(([, key]) => key);

	assert.ok(asked.length > 50);
	assert.deepEqual(asked.filter((key) => !known.has(key)), []);
	const begun = [...code.matchAll(/`([a-z_.]+\.)\$\{/g)].map(([, key]) => key);
	const above = (key) => key.slice(0, key.lastIndexOf('.'));
	assert.deepEqual([...known].filter((key) => !code.includes(`'${key}'`) &&
		!begun.some((prefix) => key.startsWith(prefix)) &&
		!code.includes(`'${above(key)}'`)), []);
});

test('each code of the server has words, and no other has', { skip }, () => {
	const codes = problems.map((one) => `problem.${one.code}`);
	const messages = new Map(problems.map(({ code, message }) =>
		[`problem.${code}`, message]));

	assert.ok(codes.length > 60);
	for (const tag of ['en', 'es']) {
		const words = JSON.parse(text(`lang/${tag}.json`));
		const given = Object.keys(words)
			.filter((key) => key.startsWith('problem.'));
		assert.deepEqual(given.sort(), [...codes].sort(), tag);
		for (const key of given)
			assert.deepEqual(placeholders(words[key].other ?? words[key]),
				placeholders(messages.get(key)), `${tag} ${key}`);
	}
});

test('with Clerk its hosts are let in, and no others', { skip }, async () => {
	const file = join(source, serverName, 'callward-csp-clerk.conf');
	const at = await serve(`${serverName}-clerk`, serverName === 'nginx' ? [
		[/^\t+add_header Content-Security-Policy .*\n/gm, ''],
		[/#include \/etc\/nginx\/callward-csp-clerk\.conf/g, `include ${file}`],
	] : [
		[/^var\.callward_csp = .*\n/gm, ''],
		[/#include "\/etc\/lighttpd\/callward-csp-clerk\.conf"/g,
			`include "${file}"`],
	]);
	const { status, headers } = await ask('/', { at });
	const policy = Object.fromEntries(headers['content-security-policy']
		.split('; ').map((part) => [part.split(' ')[0],
			part.split(' ').slice(1)]));

	assert.equal(status, 200);
	assert.deepEqual(policy, {
		'default-src': ['\'none\''],
		'script-src': ['\'self\'', 'https://clerk.callward.example',
			'https://challenges.cloudflare.com', 'https://*.protect.clerk.com'],
		'style-src': ['\'self\'', '\'unsafe-inline\''],
		'connect-src': ['\'self\'', 'https://clerk.callward.example',
			'https://*.protect.clerk.com:*'],
		'img-src': ['\'self\'', 'data:', 'https://img.clerk.com'],
		'media-src': ['\'self\'', 'blob:'],
		'worker-src': ['\'self\'', 'blob:'],
		'frame-src': ['https://challenges.cloudflare.com',
			'https://*.protect.clerk.com'],
		'base-uri': ['\'none\''], 'form-action': ['\'self\''],
		'frame-ancestors': ['\'none\''] });
	assert.equal(headers['x-content-type-options'], 'nosniff');
});
