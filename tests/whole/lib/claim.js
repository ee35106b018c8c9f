// A clinic that claims a number, and what it does to prove it: each of its own.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { send } from './http.js';
import { waitFor } from './process.js';
import { tenantKey, tenantSettings } from './threats.js';
import { claims, makeToken } from './token.js';
import { callForm, encodeForm, formHeaders, sign } from './twilio.js';
import { LINE, TWILIO_PATH, openWorld } from './world.js';

export const LOOP_PATH = `${TWILIO_PATH}/loop`;
// How quick telephones are, unless a test holds them back.
export const QUICK = 50;
let made = 0;

export class Claim {
	// number: of somebody else's claim; phone: what its telephone does
	static async open(world, { number, phone, port = world.port,
		user = `user_claim_${++made}` } = {}) {
		const claim = new Claim();
		claim.world = world;
		claim.port = port;
		claim.user = user;
		claim.number = number ??
			`+1555600${String(made).padStart(4, '0')}`;
		world.numbers.add(claim.number);
		const answer = await claim.ask('POST', '/api/phone-numbers',
			{ phone_number: claim.number });
		assert.equal(answer.status, 201, answer.body);
		claim.id = JSON.parse(answer.body).id;
		claim.path = `/api/phone-numbers/${claim.id}`;
		if (phone !== undefined)
			await claim.phone(phone);
		return claim;
	}

	ask(method, path, body, { user = this.user, key = tenantKey } = {}) {
		return send({ port: this.port, method, path, headers: {
			Authorization: `Bearer ${makeToken(key,
				claims({ sub: user }))}`,
			...body === undefined ? {} :
				{ 'Content-Type': 'application/json' } },
		body: body === undefined ? undefined : JSON.stringify(body) });
	}

	// One request about the proof; the answer's status and JSON.
	async prove(body, expected = 202) {
		const answer = await this.ask('POST', `${this.path}/verification`,
			body);
		assert.equal(answer.status, expected, answer.body);
		return JSON.parse(answer.body);
	}

	async object() {
		const answer = await this.ask('GET', this.path);
		assert.equal(answer.status, 200, answer.body);
		return JSON.parse(answer.body);
	}

	// "step state reason" of the proof.
	async stands() {
		const v = (await this.object()).verification;
		return v === null ? null :
			[v.step, v.state, v.reason].filter((w) => w !== null).join(' ');
	}

	async until(expected) {
		let seen;
		await waitFor(async () => (seen = await this.stands()) === expected,
			{ what: expected }).catch(() => {});
		assert.equal(seen, expected);
		return (await this.object()).verification;
	}

	// How its telephone behaves.
	phone(phone) {
		return this.world.sim.phone(this.number, phone);
	}

	async heard() {
		return (await this.world.sim.phone(this.number)).heard;
	}

	// The codes, as a person understands what is said.
	async codes() {
		return (await this.heard()).map((h) => h.words ?? '')
			.filter((words) => /(code is|código es)/.test(words))
			.map((words) => words.replace(/\D/g, ''));
	}

	// The newest, which is none of those that were known before; it is told as
	// spoken a moment before it is heard.
	code(known = []) {
		return waitFor(async () => (await this.codes())
			.findLast((code) => !known.includes(code)),
		{ what: 'code that is spoken' });
	}

	// The first step, whole.
	async possess() {
		await this.phone({ keys: '5' });
		const known = await this.codes();
		await this.prove({});
		await this.until('code spoken');
		const got = await this.prove({ code: await this.code(known) }, 200);
		assert.equal(got.verification.state, 'proven');
		return this;
	}

	// Time passes for this number's attempts.
	pass(seconds) {
		return this.world.cluster.query('with gone as (' +
			'update callward.verifications set ' +
			'started_at = started_at - $2::interval, ' +
			'answered_at = answered_at - $2::interval, ' +
			'changed_at = changed_at - $2::interval ' +
			'where phone_number = $1) ' +
			'update callward.verification_legs ' +
			'set came_at = came_at - $2::interval',
		[this.number, `${seconds} seconds`]);
	}

	async rows() {
		return this.world.cluster.query('select * from ' +
			'callward.verifications where user_id = $1 ' +
			'order by started_at, id', [this.user]);
	}

	// A request of Twilio's about a leg, as if it were its own.
	leg(leg, form = {}, { id, signature, port = this.port } = {}) {
		const path = `${LOOP_PATH}?leg=${leg}` +
			(id === undefined ? '' : `&verification=${id}`);
		const body = callForm({ from: LINE, to: this.number,
			Direction: 'outbound-api', CallStatus: 'in-progress', ...form });
		return send({ port, method: 'POST', path, headers: formHeaders(
			signature ?? sign(this.world.publicUrl + path, body)),
		body: encodeForm(body) });
	}
}

export const newSid = () => `CA${randomBytes(16).toString('hex')}`;

// A world with quick telephones, and what is asked of it.
export async function openProof() {
	const world = await openWorld({ settings: tenantSettings });
	await world.plan({ phone_speed: QUICK });
	return { world,
		open: (options) => Claim.open(world, options),
		// How many calls the simulated Twilio was asked to make.
		rung: async () => new Set((await world.sim.legs()).data
			.filter((note) => note.direction === 'outbound-api')
			.map((note) => note.call_sid)).size,
		// What other tests left ringing is over.
		lapse: () => world.cluster.query('update callward.verifications ' +
			'set started_at = started_at - interval \'2 minutes\' ' +
			'where state = \'ringing\'') };
}
