// What should stand in the database, told again in a few lines: who owns a
// number, whose a call is, what a message does to it. It knows no SQL and asks
// no program; a test that drives both compares them.

// Numbers from a seed, so that a run can be had again.
export function randomFrom(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	const below = (n) => Math.floor(next() * n);
	return { below, chance: (p) => next() < p,
		pick: (list) => list[below(list.length)] };
}

const RANKS = { 'initiated': 1, 'ringing': 2, 'in-progress': 3,
	'forwarding': 4 };
const rank = (status) => RANKS[status] ?? 5;
const MOST_REVISIONS = 5;

export class Model {
	constructor() {
		this.claims = new Map();	// row of a number: {user, number, status}
		this.calls = new Map();		// by id, oldest first
		this.byVapi = new Map();
		this.quarantined = 0;
		this.rejected = 0;
	}

	// The row of the one tenant who has the number in use.
	holder(number) {
		for (const [id, claim] of this.claims)
			if (claim.number === number && claim.status === 'active')
				return { id, ...claim };
		return null;
	}

	addCall(call) {
		this.calls.set(call.id, { status: 'initiated', reason: null,
			words: null, reported: false, revisions: [], ...call });
		this.bind(call.id, call.vapiId);
	}

	bind(id, vapiId) {
		this.calls.get(id).vapiId = vapiId;
		this.byVapi.set(vapiId, id);
	}

	// A number's row is gone; its calls stay whose they are.
	drop(claim) {
		this.claims.delete(claim);
		for (const call of this.calls.values())
			if (call.claim === claim)
				call.claim = null;
	}

	quarantine() {
		this.quarantined++;
		return null;
	}

	// The call that a message of Vapi's is about; null: it is quarantined.
	// seal  what a seal of ours vouches for, null: no metadata, 'bad'
	find({ vapiId, seal }) {
		const bound = this.byVapi.get(vapiId);
		if (seal === 'bad')
			return this.quarantine();
		if (seal === null)
			return this.calls.get(bound) ?? this.quarantine();
		const call = this.calls.get(seal.call);
		if ((call !== undefined && call.user !== seal.user) ||
			(bound !== undefined && bound !== seal.call) ||
			(call !== undefined && call.vapiId !== vapiId))
			return this.quarantine();
		if (call !== undefined)
			return call;
		if (this.claims.get(seal.claim)?.user !== seal.user)
			return this.quarantine();
		this.addCall({ id: seal.call, user: seal.user, claim: seal.claim,
			sid: null, from: seal.from, vapiId });
		return this.calls.get(seal.call);
	}

	message(message) {
		const call = this.find(message);
		if (call !== null)
			this.merge(call, message);
		return call;
	}

	// Twilio's status callback.
	twilioStatus({ sid, from, status }) {
		const call = [...this.calls.values()].find((c) => c.sid === sid);
		if (call === undefined || call.from !== from)
			return this.quarantine();
		this.merge(call, { status, reason: null, words: null });
		return call;
	}

	merge(call, { status = null, reason = null, words = null,
		report = false }) {
		const first = report && !call.reported;
		const before = { reason: call.reason, words: call.words };
		if (status !== null && (rank(status) > rank(call.status) ||
			(first && rank(status) === 5)))
			call.status = status;
		if (report || (status !== null && rank(status) === 5)) {
			call.reason = first ? reason ?? call.reason :
				call.reason ?? reason;
			call.words = first ? words ?? call.words : call.words ?? words;
		}
		if (first)
			call.reported = true;
		else if (report)
			this.revise(call, before, { reason, words });
	}

	// What a later report says otherwise is kept beside, once, five at most.
	revise(call, before, told) {
		const other = Object.entries(told).filter(([name, value]) =>
			before[name] !== null && value !== null &&
			before[name] !== value);
		const text = JSON.stringify(other);
		if (other.length > 0 && !call.revisions.includes(text) &&
			call.revisions.length < MOST_REVISIONS)
			call.revisions.push(text);
	}

	callsOf(user) {
		return [...this.calls.values()].filter((c) => c.user === user);
	}

	claimsOf(user) {
		return [...this.claims].filter(([, claim]) => claim.user === user)
			.map(([id, claim]) => ({ id, ...claim }));
	}
}
