// An ordinary service for Twilio's voice webhook: Fastify, pg, and twilio for
// the signature. It does what the pair of Callward's functions is there for and
// nothing else: find the clinic of a number and insert the call, ask Vapi, store
// the session; two transactions a webhook. No row level security, no seal, no
// hours, plans or limits, so that it has less to do; and what makes such a
// service quick is there: prepared statements, a pool, kept connections to Vapi,
// several workers, no log.
//
// Settings come from the environment; see start_peer in bench/run.
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import formbody from '@fastify/formbody';
import Fastify from 'fastify';
import pg from 'pg';
import twilio from 'twilio';
import { Pool } from 'undici';

const { WORKERS, CONNECTIONS, SOCKET, LINE, DATABASE_URL, PUBLIC_URL,
	TWILIO_AUTH_TOKEN, VAPI_API_URL, VAPI_API_KEY } = process.env;
const SORRY = '<?xml version="1.0" encoding="UTF-8"?><Response><Say>We are ' +
	'sorry, your call cannot be answered.</Say></Response>';

// Statements are prepared once a connection, by name.
const statement = (name, text) => (db, values) => db.query({ name, text, values });
const findNumber = statement('find_number', 'select n.id, n.user_id, ' +
	'a.id as assistant_id, a.vapi_assistant_id from phone_numbers n ' +
	'join assistants a on a.id = n.assistant_id ' +
	'where n.phone_number = $1 and n.status = \'active\'');
const insertCall = statement('insert_call', 'insert into calls (id, user_id, ' +
	'assistant_id, phone_number_id, twilio_call_sid, caller_phone_number, ' +
	'assistant_phone_number) values ($1, $2, $3, $4, $5, $6, $7) ' +
	'on conflict (twilio_call_sid) do nothing');
const findCall = statement('find_call', 'select caller_phone_number, answer ' +
	'from calls where twilio_call_sid = $1');
const storeSession = statement('store_session', 'update calls set ' +
	'vapi_call_id = $2, answer = $3, status = \'ringing\' where id = $1');

// Time first, then chance (RFC 9562, version 7).
function newId() {
	const bytes = randomBytes(16);
	bytes.writeUIntBE(Date.now(), 0, 6);
	bytes[6] = bytes[6] & 0x0f | 0x70;
	bytes[8] = bytes[8] & 0x3f | 0x80;
	return bytes.toString('hex').replace(
		/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

// One transaction: the call of a clinic, or the answer that it has already.
async function openCall(db, form) {
	const client = await db.connect();
	try {
		await client.query('begin');
		const { rows: [number] } = await findNumber(client, [form.From]);
		const call = number && form.To === LINE ? { ...number, callId: newId() }
			: null;
		if (call !== null) {
			const { rowCount } = await insertCall(client, [call.callId,
				call.user_id, call.assistant_id, call.id, form.CallSid,
				form.From, form.To]);
			if (rowCount === 0) {
				const { rows: [first] } = await findCall(client,
					[form.CallSid]);
				call.answer = first.caller_phone_number === form.From &&
					first.answer || SORRY;
			}
		}
		await client.query('commit');
		return call;
	} catch (error) {
		await client.query('rollback').catch(() => {});
		throw error;
	} finally {
		client.release();
	}
}

async function createSession(vapi, call, form) {
	const { statusCode, body } = await vapi.request({
		method: 'POST',
		path: '/call',
		headers: {
			authorization: `Bearer ${VAPI_API_KEY}`,
			'content-type': 'application/json',
		},
		body: JSON.stringify({
			assistantId: call.vapi_assistant_id,
			phoneCallProviderBypassEnabled: true,
			customer: { number: form.From },
			assistantOverrides: { metadata: {
				user_id: call.user_id,
				assistant_id: call.assistant_id,
				phone_number_id: call.id,
				caller_phone_number: form.From,
				assistant_phone_number: form.To,
				call_id: call.callId,
			} },
		}),
	});
	const session = await body.json();
	if (statusCode !== 201)
		throw new Error(`Vapi answered ${statusCode}`);
	return { id: session.id, twiml: session.phoneCallProviderDetails.twiml };
}

async function serve() {
	const token = TWILIO_AUTH_TOKEN.split(':')[1];
	const db = new pg.Pool({ connectionString: DATABASE_URL,
		max: Number(CONNECTIONS), idleTimeoutMillis: 0 });
	const vapi = new Pool(VAPI_API_URL);
	const app = Fastify({ logger: false });
	await app.register(formbody);
	app.get('/healthz', async () => 'ok');
	app.post('/api/webhooks/twilio', async (request, reply) => {
		const form = request.body;
		if (!twilio.validateRequest(token,
			request.headers['x-twilio-signature'] ?? '',
			PUBLIC_URL + request.url, form))
			return reply.code(403).send();
		reply.type('text/xml');
		const call = await openCall(db, form);
		if (call === null || call.answer)
			return call?.answer ?? SORRY;
		const session = await createSession(vapi, call, form);
		await storeSession(db, [call.callId, session.id, session.twiml]);
		return session.twiml;
	});
	await app.listen({ path: SOCKET });
	chmodSync(SOCKET, 0o666);
	process.on('SIGTERM', () => process.exit(0));
}

if (cluster.isPrimary && Number(WORKERS) > 1) {
	for (let i = 0; i < Number(WORKERS); i++)
		cluster.fork();
	process.on('SIGTERM', () => process.exit(0));
} else {
	await serve();
}
