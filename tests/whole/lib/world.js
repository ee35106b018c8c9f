// Everything at once: a database, the responder, a web server with the
// configuration that is shipped, and the simulator in the place of Vapi.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Cluster } from './cluster.js';
import { send } from './http.js';
import { fastcgiServer, startNginx } from './nginx.js';
import { run, start, waitFor, waitForListener } from './process.js';
import { serverName, startShipped } from './shipped.js';
import { SIM_KEY, SIM_SECRET, startSim, TWILIO_SID, TWILIO_TOKEN }
	from './sim.js';
import { freePort, tempDir } from './temp.js';
import { callForm, encodeForm, formHeaders, sign, verbOf } from './twilio.js';

export const build = process.env.CALLWARD_BUILD;
export const source = join(dirname(fileURLToPath(import.meta.url)),
	'../../..');
if (build === undefined)
	throw new Error('CALLWARD_BUILD is not set: the folder of the build');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.once(signal, () => process.exit(1));

export const TWILIO_PATH = '/api/webhooks/twilio';
export const VAPI_PATH = '/api/webhooks/vapi';
export const LINE = '+15559999999';
export const A = { user: 'user_a', number: '+15551111111',
	vapiId: '2f4f7d0e-93f5-4c0c-8f0a-2f8b6f1c0a0a' };
export const B = { user: 'user_b', number: '+15552222222',
	vapiId: '81c9f5b6-0f3b-4f52-b1a4-6f1f4a3c0b0b' };
export const LINE_VAPI_ID = '6b1f0c52-6a3f-4a55-9d1e-1d0d5c1b9a01';
export const UNKNOWN = '+15553333333';

function must(done, what) {
	if (done.status !== 0)
		throw new Error(`${what}: ${done.status} ${done.stderr}`);
	return done.stdout;
}

export class World {
	constructor(options) {
		this.options = options;
		this.dir = tempDir('cw');
		this.cluster = new Cluster(this.dir, options.postgres);
		this.responders = [];
		this.servers = [];
		this.stateDir = join(this.dir, 'state');
		mkdirSync(this.stateDir, { mode: 0o700 });
		this.key = `k1:${randomBytes(32).toString('base64')}`;
		this.numbers = new Set();
	}

	async open() {
		const { startDatabase = true } = this.options;
		[this.port, this.simPort] = [await freePort(), await freePort()];
		this.publicUrl = this.options.publicUrl ??
			`http://127.0.0.1:${this.port}`;
		this.socket = join(this.dir, 'callward.sock');
		await this.makeDatabase();
		if (!startDatabase)
			await this.cluster.stop();
		this.conf = this.writeSettings('callward', this.settings());
		this.sim = await startSim({ build, dir: this.dir,
			callbackUrl: `http://127.0.0.1:${this.port}${VAPI_PATH}`,
			twilioUrl: `http://127.0.0.1:${this.port}${TWILIO_PATH}`,
			nginxPort: this.simPort, seed: 7,
			threads: this.options.simThreads ?? 64 });
		await this.startServer();
		await this.plan();
		await this.startResponder({ ready: startDatabase });
		return this;
	}

	// The driver's programs keep what the first of them made for every other to
	// be copied from; a test that is run by itself makes its own.
	async makeDatabase() {
		const template = process.env.CALLWARD_TEMPLATE;
		const copied = template && await this.cluster.copy(template);
		if (!copied)
			await this.cluster.make();
		await this.cluster.start();
		this.operatorConf = this.writeSettings('operator', {
			DATABASE_OWNER_URL: this.cluster.url('callward_operator') });
		for (const number of [LINE, A.number, B.number])
			this.numbers.add(number);
		if (copied)
			return;
		await this.cluster.createDatabase();
		await this.command('migrate', '--dir',
			join(source, 'sql'));
		await this.cluster.setPasswords();
		await this.register();
		if (template) {
			await this.cluster.stop();
			await this.cluster.keep(template);
			await this.cluster.start();
		}
	}

	async register() {
		await this.addLine(LINE, LINE_VAPI_ID);
		for (const tenant of [A, B])
			await this.addNumber({ ...tenant,
				assistant: await this.addAssistant(tenant) });
	}

	settings() {
		return { DATABASE_URL: this.cluster.url('callward_intake'),
			DATABASE_TENANT_URL: this.cluster.url('callward_tenant'),
			PUBLIC_URL: this.publicUrl,
			TWILIO_AUTH_TOKEN: `${TWILIO_SID}:${TWILIO_TOKEN}`,
			TWILIO_API_URL: `http://127.0.0.1:${this.simPort}`,
			VAPI_API_URL: `http://127.0.0.1:${this.simPort}`,
			VAPI_API_KEY: SIM_KEY, VAPI_WEBHOOK_SECRET: SIM_SECRET,
			METADATA_KEYS: this.key, CALLS_AT_ONCE: 0, CALLS_PER_MINUTE: 0,
			// A spool only where a test is about it.
			...this.options.spool ? { STATE_DIR: this.stateDir } :
				{ SPOOL_MAX_FILES: 0 },
			...this.options.settings };
	}

	// A settings file; its path. undefined leaves a setting out.
	writeSettings(name, settings) {
		const path = join(this.dir, `${name}.conf`);
		writeFileSync(path, Object.entries(settings)
			.filter(([, value]) => value !== undefined)
			.map(([key, value]) => `${key}=${value}\n`).join(''),
		{ mode: 0o600 });
		return path;
	}

	// The operator's command.
	async command(...args) {
		return must(await run(join(build, 'callward'),
			['-c', this.operatorConf, ...args]), `callward ${args[0]}`);
	}

	addLine(number, vapiId, ...more) {
		this.numbers.add(number);
		return this.command('line', 'add', number, '--vapi-id', vapiId,
			...more);
	}

	// An assistant; its id.
	async addAssistant({ user, vapiId, name = 'Front desk' }) {
		return (await this.command('assistant', 'add', '--user', user,
			'--name', name, '--vapi-id', vapiId)).trim();
	}

	// A number in use, with the Vapi assistant that answers it.
	addNumber({ user, number, vapiId = A.vapiId, rule = 'from', fallback,
		assistant }) {
		const options = { user, number, 'vapi-id': vapiId ?? undefined,
			'match-rule': rule, fallback, assistant };
		this.numbers.add(number);
		return this.command('number', 'add', ...Object.entries(options)
			.filter(([, value]) => value !== undefined)
			.flatMap(([name, value]) => [`--${name}`, value]));
	}

	async startServer() {
		this.servers.push(await startShipped({ source, dir: this.dir,
			port: this.port, socket: this.socket,
			changes: this.options.serverChanges }));
	}

	// from   the build folder of the responder
	// under  a program, and its arguments, that runs the responder; default:
	//        what CALLWARD_UNDER says
	async startResponder({ name = 'responder', socket = this.socket,
		conf = this.conf, ready = true, port = this.port, env, from = build,
		under = (process.env.CALLWARD_UNDER ?? '').split(/\s+/)
			.filter((word) => word !== '') } = {}) {
		const [command, ...args] = [...under, join(from, 'callward.fcgi'),
			'-c', conf, '--listen', `unix:${socket}`];
		const responder = await start({ name, dir: this.dir, command, args,
			env,
			ready: () => waitForListener(socket, { timeoutMs: 30000 }) });
		this.responders.push(responder);
		this.responder ??= responder;
		if (ready)
			await waitFor(async () => (await this.get('/readyz', { port }))
				.status === 200, { what: 'readyz' });
		return responder;
	}

	// What the responder says of a settings file with -t.
	check(conf, from = build) {
		return run(join(from, 'callward.fcgi'), ['-t', '-c', conf]);
	}

	// Another responder on the same database, reached on a port of its own.
	async secondResponder(conf = this.conf, more = {}) {
		const port = await freePort();
		const socket = join(this.dir, `second-${port}.sock`);
		this.servers.push(await startShipped({ source, dir: this.dir,
			name: `${serverName}-${port}`, port, socket,
			changes: this.options.serverChanges }));
		return { port, program: await this.startResponder({ socket, conf,
			port, name: `second-${port}`, ...more }) };
	}

	// A plain nginx in front of the responder; param replaces one of the
	// parameters that it is told, "NAME value". Its port.
	async addServerBlock(param) {
		const port = await freePort();
		const [name] = param.split(' ');
		const http = fastcgiServer({ port, socket: this.socket })
			.replace(new RegExp(`fastcgi_param ${name} [^;]*`),
				`fastcgi_param ${param}`);
		this.servers.push(await startNginx({ dir: this.dir, http,
			name: `nginx-${port}`, ports: [port] }));
		return port;
	}

	// How the simulated Vapi behaves from now on. Sessions that nobody
	// connects stay open, so that no message comes by itself.
	plan(plan = {}) {
		return this.sim.plan({ no_call_after_ms: 3600000, ...plan });
	}

	get(path, more = {}) {
		return send({ port: this.port, path, ...more });
	}

	// The metrics once every answer before is counted, which comes a moment
	// after it has left: when only this request is in hand.
	// Each question is in hand for a moment, too, so the next one waits twice
	// as long.
	metrics({ port = this.port } = {}) {
		let pauseMs = 10;
		return waitFor(async () => {
			const answer = await this.get('/metrics', { port });
			if (answer.status !== 200 ||
				/^callward_requests_in_hand 1$/m.test(answer.body))
				return answer;
			await sleep(pauseMs *= 2);
			return null;
		}, { what: 'answers that are counted' });
	}

	// Nothing is worked on for a dashboard any more, nor after its answers:
	// days are counted, tests are held, and threads are given back then.
	idle({ port = this.port } = {}) {
		return waitFor(async () => /^callward_dashboard_in_hand 0$/m.test(
			(await this.get('/metrics', { port })).body),
		{ what: 'end of the work for dashboards' });
	}

	// A signed webhook of Twilio's about a call.
	async arrive(about, { port = this.port, localAddress } = {}) {
		const form = callForm({ to: LINE, ...about });
		for (const value of [form.From, form.To, form.ForwardedFrom])
			this.numbers.add(value);
		const answer = await send({ port, localAddress, method: 'POST',
			path: TWILIO_PATH,
			headers: formHeaders(sign(this.publicUrl + TWILIO_PATH, form)),
			body: encodeForm(form) });
		return { ...answer, callSid: form.CallSid,
			verb: verbOf(answer.body) };
	}

	// A server message of Vapi's. body: a text is sent as it is.
	callback(body, { port = this.port, headers = {
		'X-Vapi-Secret': SIM_SECRET } } = {}) {
		return send({ port, method: 'POST', path: VAPI_PATH,
			headers: { 'Content-Type': 'application/json', ...headers },
			body: typeof body === 'string' || Buffer.isBuffer(body) ? body :
				JSON.stringify(body) });
	}

	// The call's row as the superuser sees it, with its Vapi id and what was
	// sealed as its session has them, without its words, which come at any
	// moment after; undefined: there is none.
	async row(callSid) {
		return (await this.rows('where c.twilio_call_sid = $1', [callSid]))[0];
	}

	rows(where, values) {
		return this.cluster.query('select c.*, coalesce(c.vapi_call_id, ' +
			's.vapi_call_id) as vapi_call_id, case when s.seal is null ' +
			'then c.metadata else jsonb_build_object(' +
			'\'user_id\', c.user_id, \'assistant_id\', s.assistant_id, ' +
			'\'phone_number_id\', s.phone_number_id, ' +
			'\'caller_phone_number\', case when s.is_withheld is null ' +
			'then c.caller_phone_number end, \'assistant_phone_number\', ' +
			'c.assistant_phone_number, \'call_id\', c.id, \'seal\', ' +
			's.seal) end as metadata, null as search_words ' +
			'from public.calls c ' +
			'left join callward.sessions s ' +
			'on s.user_id = c.user_id and s.call_id = c.id ' + where, values);
	}

	// A call that arrived and has its session: its row.
	async connected(tenant) {
		const answer = await this.arrive({ from: tenant.number });
		if (answer.verb !== 'Connect')
			throw new Error(`no session: ${answer.status} ${answer.body}`);
		return this.row(answer.callSid);
	}

	// The lines of the inbox since a moment, oldest first.
	inbox(since) {
		return this.cluster.query('select provider, verdict, reason, ' +
			'event_type, user_id, call_id, provider_call_id, ' +
			'twilio_call_sid, details from callward.webhook_events ' +
			'where received_at > $1 order by received_at, id', [since]);
	}

	async now() {
		return (await this.cluster.query(
			'select clock_timestamp() as at'))[0].at;
	}

	// POST /call requests that the simulator has had.
	async sessionsAsked() {
		return (await this.sim.calls('?limit=0')).total;
	}

	// Nothing is written anywhere, and nothing is asked of Vapi.
	async withoutTrace(attempts) {
		const before = await this.cluster.fingerprint();
		const asked = await this.sessionsAsked();
		await attempts();
		assert.deepEqual(await this.cluster.fingerprint(), before);
		assert.equal(await this.sessionsAsked(), asked);
	}

	// The line of the log about this answer, which is written after it.
	logLine({ headers }) {
		const id = headers['x-request-id'];
		return waitFor(() => this.responders.map((r) => r.log()).join('')
			.split('\n').find((line) => line.includes(`id=${id} `)),
		{ what: `line about request ${id}` });
	}

	// What of secrets and people's numbers stands in the logs.
	leaks() {
		const log = this.responders.map((r) => r.log()).join('');
		const secrets = [TWILIO_TOKEN, SIM_KEY, SIM_SECRET,
			this.key.slice(3), ...Object.values(this.cluster.passwords)];
		const digits = [...this.numbers]
			.map((n) => String(n).replace(/^\+/, ''))
			.filter((n) => /^[0-9]{7,}$/.test(n));
		return [...secrets, ...digits].filter((text) => log.includes(text));
	}

	async stopAll() {
		for (const program of [...this.responders, ...this.servers])
			await program.stop('SIGTERM', 20000);
		await this.sim.stop();
		await this.cluster.stop();
	}

	// Once, however often it is said.
	close() {
		return this.closed ??= this.stopAll();
	}
}

export const openWorld = (options = {}) => new World(options).open();
