// Twilio's side: the form of an incoming call, signed by Twilio's own SDK.
import { createHmac, randomBytes } from 'node:crypto';
// This part alone: all of it takes longer to load than many a test.
import webhooks from 'twilio/lib/webhooks/webhooks.js';
import { TWILIO_SID, TWILIO_TOKEN } from './sim.js';

export const newCallSid = () => `CA${randomBytes(16).toString('hex')}`;

// The parameters of a webhook about a call from `from` to `to`; others by
// their own names, undefined leaves one out.
export function callForm({ from, to, callSid = newCallSid(), ...more }) {
	return { AccountSid: TWILIO_SID, ApiVersion: '2010-04-01',
		CallSid: callSid, CallStatus: 'ringing', Called: to, Caller: from,
		Direction: 'inbound', From: from, FromCity: '', FromCountry: 'US',
		To: to, StirVerstat: 'TN-Validation-Passed-A', ...more };
}

export function encodeForm(params) {
	const form = new URLSearchParams();
	for (const [name, value] of Object.entries(params))
		for (const one of [value].flat())
			if (one !== undefined)
				form.append(name, one);
	return form.toString();
}

const definite = (params) => Object.fromEntries(Object.entries(params)
	.filter(([, value]) => value !== undefined));

export function sign(url, params, token = TWILIO_TOKEN) {
	return webhooks.getExpectedTwilioSignature(token, url,
		definite(params));
}

// The same of values that are bytes, where the SDK knows texts alone.
export function signBytes(url, params) {
	const hmac = createHmac('sha1', TWILIO_TOKEN).update(url);
	for (const name of Object.keys(params).sort())
		hmac.update(name).update(params[name]);
	return hmac.digest('base64');
}

export const encodeBytes = (params) => Object.entries(params)
	.map(([name, value]) => `${encodeURIComponent(name)}=${
		Buffer.from(value).toString('hex').replace(/../g, '%$&')}`).join('&');

export function formHeaders(signature) {
	return { 'Content-Type': 'application/x-www-form-urlencoded',
		'X-Twilio-Signature': signature };
}

// The first verb of a document: "Connect", "Reject", "Say" ...
export function verbOf(twiml) {
	return /<Response>\s*<([A-Za-z]+)/.exec(twiml)?.[1] ?? null;
}

// The number that a document dials, or null.
export function dialled(twiml) {
	return /<Dial[^>]*>([^<]*)<\/Dial>/.exec(twiml)?.[1] ?? null;
}
