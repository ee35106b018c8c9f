// Clinics made for one test each: a tenant with a number, and what it set.
import assert from 'node:assert/strict';
import { openapiMissing, violations } from './openapi.js';
import { A, LINE } from './world.js';

let clinics = 0;

export class Clinic {
	// vapiId null: it has no assistant that Vapi knows.
	static async open(world, { vapiId = A.vapiId, fallback } = {}) {
		const clinic = new Clinic();
		const n = String(++clinics).padStart(4, '0');
		clinic.world = world;
		clinic.user = `user_clinic_${n}`;
		clinic.number = `+1555700${n}`;
		clinic.fallback = fallback === null ? undefined :
			fallback ?? `+1555800${n}`;
		world.numbers.add(clinic.fallback);
		if (vapiId !== null)
			clinic.assistant = await world.addAssistant({
				user: clinic.user, vapiId });
		await world.addNumber({ user: clinic.user, number: clinic.number,
			vapiId: null, fallback: clinic.fallback,
			assistant: clinic.assistant });
		return clinic;
	}

	// Columns of the clinic's settings.
	async set(values) {
		const names = Object.keys(values);
		await this.world.cluster.query('insert into public.clinic_settings ' +
			`(user_id, ${names.join(', ')}) values ($1, ` +
			`${names.map((_, i) => `$${i + 2}`).join(', ')}) ` +
			'on conflict (user_id) do update set ' +
			names.map((name) => `${name} = excluded.${name}`).join(', '),
		[this.user, ...Object.values(values)]);
		return this;
	}

	// Open or closed on every day of the week from now on.
	async hours(open) {
		await this.world.cluster.query(
			'delete from public.working_hours where user_id = $1',
			[this.user]);
		await this.world.cluster.query('insert into public.working_hours ' +
			'(user_id, day_of_week, is_closed) select $1, d, $2 ' +
			'from generate_series(0, 6) d', [this.user, !open]);
		return this;
	}

	// A call to the clinic; what it was answered, and its row.
	async call(about = {}, more = {}) {
		const asked = await this.world.sessionsAsked();
		const answer = await this.world.arrive({ from: this.number,
			...about }, more);
		assert.equal(answer.status, 200);
		assert.match(answer.headers['content-type'], /^text\/xml/);
		return { ...answer, row: await this.world.row(answer.callSid),
			sessions: await this.world.sessionsAsked() - asked };
	}

	// The same, announced by Vapi.
	async request() {
		const done = await this.world.sim.message({
			type: 'assistant-request', from: this.number,
			to: LINE });
		assert.equal(done.status, 200);
		if (!openapiMissing)
			assert.deepEqual(violations(
				'ServerMessageResponseAssistantRequest', done.answer), []);
		const callSid = done.sent.message.call.phoneCallProviderId;
		return { ...done, callSid, row: await this.world.row(callSid) };
	}
}

// What became of a call, in a word.
export const became = ({ row }) =>
	`${row.status} ${row.ended_reason} ${row.after_hours}`;

export const CONNECTED = 'initiated null';
