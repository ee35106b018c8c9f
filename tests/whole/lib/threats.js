// What the threat cases ask again and again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { send } from './http.js';
import { ISSUER, commonKey, pem } from './token.js';
import { callForm, encodeForm, formHeaders, sign } from './twilio.js';
import { A, LINE, TWILIO_PATH } from './world.js';

const pair = commonKey();

// The settings of a dashboard whose tokens `tenantKey` signs.
export const tenantKey = pair;
export const tenantSettings = { CLERK_ISSUER: ISSUER,
	CLERK_JWT_KEY: pem(pair).trim().replaceAll('\n', ' ') };

export class Threats {
	constructor(world) {
		this.world = world;
	}

	form(more = {}) {
		return callForm({ from: A.number, to: LINE, ...more });
	}

	// A signed webhook, any part of it replaced.
	post({ form = this.form(), path = TWILIO_PATH, signedPath = path,
		signature = sign(this.world.publicUrl + signedPath, form),
		body = encodeForm(form), headers = {}, method = 'POST',
		port = this.world.port } = {}) {
		return send({ port, method, path, body,
			headers: { ...formHeaders(signature), ...headers } });
	}

	withoutTrace(attempts) {
		return this.world.withoutTrace(attempts);
	}

	// No tenant's table changes, and nothing is asked of Vapi; the lines of
	// the inbox that came, as [verdict, reason, user_id].
	async tenantsUntouched(attempts) {
		const { cluster } = this.world;
		const ours = (prints) => Object.fromEntries(Object.entries(prints)
			.filter(([name]) => name.startsWith('public.')));
		const before = ours(await cluster.fingerprint());
		const asked = await this.world.sessionsAsked();
		const since = await this.world.now();
		await attempts();
		assert.deepEqual(ours(await cluster.fingerprint()), before);
		assert.equal(await this.world.sessionsAsked(), asked);
		return (await this.world.inbox(since))
			.map((line) => [line.verdict, line.reason, line.user_id]);
	}

	async refused(request, what) {
		const answer = await this.post(request);
		assert.equal(answer.status, 403, what);
		assert.equal(answer.body, '', what);
	}

	// A message that is acknowledged, belongs to nobody and is kept apart.
	async quarantined(body, reason, what = reason) {
		const lines = await this.tenantsUntouched(async () => {
			const answer = await this.world.callback(body);
			assert.equal(answer.status, 200, what);
		});
		assert.equal(lines.length, 1, what);
		assert.equal(lines[0][0], 'quarantined', what);
		assert.equal(lines[0][2], null, what);
		if (reason !== undefined)
			assert.equal(lines[0][1], reason, what);
	}

	// Memory that the responder has in use, MiB.
	residentMiB() {
		const status = readFileSync(
			`/proc/${this.world.responder.pid}/status`, 'utf8');
		return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) / 1024;
	}
}
