// Vapi's side: server messages in the layout of captured ones, and the seal
// recomputed here from the key, so that it is told by two programs.
import { createCipheriv, createHmac, hkdfSync, randomBytes }
	from 'node:crypto';

const SEALED = ['user_id', 'assistant_id', 'phone_number_id',
	'caller_phone_number', 'assistant_phone_number', 'call_id'];

function derive(key, label) {
	const [id, secret] = key.split(/:(.*)/s);
	return [id, Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'base64'),
		Buffer.alloc(0), label, 32))];
}

// A body as it rests in the inbox, in the line of this id.
export function rest(key, line, body) {
	const [id, derived] = derive(key, 'callward quarantine v1');
	const nonce = randomBytes(12);
	const cipher = createCipheriv('aes-256-gcm', derived, nonce);
	cipher.setAAD(Buffer.from(line));
	return Buffer.concat([Buffer.from(`v1.${id}.`), nonce,
		cipher.update(Buffer.from(body)), cipher.final(),
		cipher.getAuthTag()]);
}

// key  "id:base64", as an entry of METADATA_KEYS
export function sealOf(key, metadata) {
	const [id, derived] = derive(key, 'callward seal v1');
	const hmac = createHmac('sha256', derived);
	for (const name of SEALED) {
		const value = metadata[name] ?? null;
		const bytes = Buffer.from(value ?? '');
		const length = Buffer.alloc(4);
		length.writeUInt32BE(value === null ? 0xffffffff : bytes.length);
		hmac.update(length).update(bytes);
	}
	return `v1.${id}.${hmac.digest('base64url')}`;
}

export function seal(key, metadata) {
	return { ...metadata, seal: sealOf(key, metadata) };
}

// The members that every message has. metadata undefined: none came back.
function common(type, { id, metadata, ...more }) {
	const call = { id, orgId: '018f0000-0000-7000-8000-000000000000',
		type: 'inboundPhoneCall', status: 'queued',
		createdAt: '2026-01-01T00:00:00.000Z',
		updatedAt: '2026-01-01T00:00:00.000Z' };
	if (metadata !== undefined)
		call.assistantOverrides = { metadata };
	return { type, timestamp: Date.now(), call, phoneNumber: {},
		customer: {}, assistant: {}, ...more };
}

export function statusUpdate(status, about) {
	return { message: common('status-update', { status, ...about }) };
}

export function hang(about) {
	return { message: common('hang', about) };
}

export function report(about) {
	return { message: common('end-of-call-report', {
		startedAt: '2026-01-01T00:00:00.000Z',
		endedAt: '2026-01-01T00:00:15.158Z',
		endedReason: 'customer-ended-call', cost: 0.0231,
		durationSeconds: 15.158, durationMs: 15158,
		analysis: { summary: 'An appointment was asked for.',
			structuredData: { reason: 'appointment' },
			successEvaluation: 'true' },
		artifact: {
			transcript: 'AI: Hello\nUser: An appointment, please\n',
			recordingUrl: 'https://storage.example/mono.wav',
			messages: [
				{ role: 'bot', message: 'Hello', secondsFromStart: 1.2 },
				{ role: 'user', message: 'An appointment, please',
					secondsFromStart: 3 },
			],
		},
		...about }) };
}
