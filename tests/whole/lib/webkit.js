// WebKit, which Safari is made of, as Debian has it: its MiniBrowser on a
// screen of Xvfb, driven over W3C WebDriver (https://www.w3.org/TR/webdriver2/).
// The protocol tells no errors of a page, so the page comes through a front
// that puts a script before its own.
import { mkdirSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { start, waitFor, waitForListener } from './process.js';
import { freePort, tempDir } from './temp.js';

const WATCH = `
	const tell = (...all) => fetch('/wrong', { method: 'POST',
		keepalive: true, body: all.map((one) => one?.stack
			? one + '\\n' + one.stack : String(one)).join(' ') });
	const { error } = console;
	console.error = (...all) => {
		tell(...all);
		error.apply(console, all);
	};
	addEventListener('error', (event) => tell(event.error ?? event.message));
	addEventListener('unhandledrejection', (event) => tell(event.reason));
	addEventListener('securitypolicyviolation', (event) => tell('policy: ' +
		event.violatedDirective + ' ' + event.blockedURI));
`;

// What is served at port, on a port of its own.
// wrong  what the page told of its errors so far
// asked  the addresses that were asked for
// hold   {path: a pattern, ms: what so is asked for is answered so late}
export async function startFront(port) {
	const front = { port: await freePort(), wrong: [], asked: [],
		hold: null };
	const pass = (asked, answer) => request({ host: '127.0.0.1', port,
		method: asked.method, path: asked.url,
		headers: { ...asked.headers, 'accept-encoding': 'identity' } },
	async (from) => {
		if (asked.url !== '/') {
			answer.writeHead(from.statusCode, from.headers);
			from.pipe(answer);
			return;
		}
		const { 'content-length': length, ...headers } = from.headers;
		const page = (await from.toArray()).join('').replace('<head>',
			'<head><script src="/watch.js"></script>');
		answer.writeHead(from.statusCode, headers).end(page);
	}).on('error', () => answer.destroy());
	const server = createServer(async (asked, answer) => {
		if (asked.url === '/watch.js') {
			answer.writeHead(200, { 'content-type': 'text/javascript' })
				.end(WATCH);
		} else if (asked.url === '/wrong') {
			front.wrong.push((await asked.toArray()).join(''));
			answer.end();
		} else {
			front.asked.push(asked.url);
			setTimeout(() => asked.pipe(pass(asked, answer)),
				front.hold?.path.test(asked.url) ? front.hold.ms : 0);
		}
	});
	await new Promise((resolve) => server.listen(front.port, '127.0.0.1',
		resolve));
	front.url = `http://127.0.0.1:${front.port}`;
	front.close = () => {
		server.close();
		server.closeAllConnections();
	};
	return front;
}

export class WebKit {
	async open() {
		const dir = tempDir('cw-webkit');
		const home = join(dir, 'home');
		mkdirSync(home, { mode: 0o700 });
		this.screen = await start({ name: 'xvfb', command: 'Xvfb', dir,
			args: ['-displayfd', '1', '-screen', '0', '1280x1024x24',
				'-nolisten', 'tcp'] });
		const display = await waitFor(() => /^\d+$/m.exec(this.screen.log()),
			{ what: 'screen', timeoutMs: 30000 });
		this.port = await freePort();
		this.driver = await start({ name: 'webkit', dir, timeoutMs: 30000,
			command: 'WebKitWebDriver',
			args: ['--host=127.0.0.1', `--port=${this.port}`],
			// Nothing of the person's who runs it, and no bus: one that
			// is begun by itself would stay.
			env: { DISPLAY: `:${display[0]}`, GDK_BACKEND: 'x11', HOME: home,
				XDG_RUNTIME_DIR: home, XDG_CACHE_HOME: home,
				XDG_CONFIG_HOME: home, XDG_DATA_HOME: home,
				DBUS_SESSION_BUS_ADDRESS: 'unix:path=/dev/null',
				GSETTINGS_BACKEND: 'memory', NO_AT_BRIDGE: '1',
				LIBGL_ALWAYS_SOFTWARE: '1' },
			ready: () => waitForListener(this.port) });
		const { sessionId, capabilities } = await this.command('POST',
			'/session', { capabilities: {} });
		this.session = sessionId;
		this.version = capabilities.browserVersion;
		return this;
	}

	// One command of the protocol; what it gives.
	command(method, path, body) {
		const where = this.session === undefined || path === '/session'
			? path : `/session/${this.session}${path}`;
		return new Promise((resolve, reject) => {
			const asked = request({ host: '127.0.0.1', port: this.port,
				agent: false, method, path: where }, async (answer) => {
				const { value } = JSON.parse((await answer.toArray()).join(''));
				if (answer.statusCode === 200)
					resolve(value);
				else
					reject(new Error(`${path}: ${value.error}: ${value.message}`));
			});
			asked.on('error', reject);
			asked.end(body && JSON.stringify(body));
		});
	}

	size(width, height) {
		return this.command('POST', '/window/rect', { width, height });
	}

	go(url) {
		return this.command('POST', '/url', { url });
	}

	// Run a function in the page; what it gives.
	run(body, ...args) {
		return this.command('POST', '/execute/sync',
			{ script: `return (${body})(...arguments)`, args });
	}

	// Wait until a function in the page gives something true, and return that.
	until(body, { what = String(body), ...how } = {}, ...args) {
		return waitFor(() => this.run(body, ...args), { what,
			timeoutMs: 30000, everyMs: 50, ...how });
	}

	// A click as a person makes it: on the middle of what is seen of the one
	// element that is so selected, whatever lies there.
	async click(css) {
		const { x, y } = await this.run((selector) => {
			const [one, ...more] = document.querySelectorAll(selector);
			if (one === undefined || more.length > 0)
				throw new Error(`not one of ${selector}`);
			one.scrollIntoView({ block: 'center' });
			const box = one.getBoundingClientRect();
			return { x: Math.round(box.x + box.width / 2),
				y: Math.round(box.y + box.height / 2) };
		}, css);
		await this.command('POST', '/actions', { actions: [{ type: 'pointer',
			id: 'mouse', actions: [
				{ type: 'pointerMove', duration: 0, x, y },
				{ type: 'pointerDown', button: 0 },
				{ type: 'pointerUp', button: 0 }] }] });
	}

	async close() {
		if (this.session !== undefined)
			await this.command('DELETE', '').catch(() => {});
		await this.driver?.stop();
		await this.screen?.stop();
	}
}
