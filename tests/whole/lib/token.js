// Session tokens as Clerk makes them, and every way to make them wrong.
import { constants, createHmac, createPrivateKey, createPublicKey,
	generateKeyPairSync, sign } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export const ISSUER = 'https://clerk.callward.example';
export const PARTY = 'https://app.callward.example';
export const OTHER_PARTY = 'https://desk.callward.example';

export const newKey = () => generateKeyPairSync('rsa',
	{ modulusLength: 2048 });

// One for all that the driver runs: to make one takes longer than many a test.
export function commonKey() {
	const { CALLWARD_TEMPLATE: template } = process.env;
	const path = `${template}.key`;
	if (template !== undefined && existsSync(path)) {
		const privateKey = createPrivateKey(readFileSync(path));
		return { privateKey, publicKey: createPublicKey(privateKey) };
	}
	const pair = newKey();
	if (template !== undefined) {
		const own = `${path}.${process.pid}`;
		writeFileSync(own, pair.privateKey.export(
			{ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
		renameSync(own, path);
	}
	return pair;
}

export const pem = (pair) => pair.publicKey.export(
	{ type: 'spki', format: 'pem' });
export const jwk = (pair, kid) => ({ ...pair.publicKey.export(
	{ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' });

export const HEADER = { alg: 'RS256', typ: 'JWT', kid: 'ins_one',
	cat: 'cl_B7d4PD111AAA' };

export const nowS = () => Math.floor(Date.now() / 1000);

export function claims(more = {}) {
	const now = nowS();
	return { iss: ISSUER, sub: 'user_a', sid: 'sess_one', azp: PARTY,
		iat: now - 1, nbf: now - 11, exp: now + 59, v: 2, sts: 'active',
		fva: [1, -1], jti: 'one', ...more };
}

// Bytes or a text as they are, anything else as JSON.
const bytesOf = (part) => Buffer.isBuffer(part) ? part :
	Buffer.from(typeof part === 'string' ? part : JSON.stringify(part));
export const encode = (part) => bytesOf(part).toString('base64url');

const signers = {
	RS256: (input, pair) => sign('RSA-SHA256', input, pair.privateKey),
	RS384: (input, pair) => sign('RSA-SHA384', input, pair.privateKey),
	RS512: (input, pair) => sign('RSA-SHA512', input, pair.privateKey),
	PS256: (input, pair) => sign('RSA-SHA256', input, {
		key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING,
		saltLength: 32 }),
	none: () => Buffer.alloc(0),
};

// The signature over "header.payload". how: a row of signers; any other text
// is a secret of HS256.
export function signatureOf(pair, input, how = 'RS256') {
	const bytes = signers[how] === undefined ?
		createHmac('sha256', how).update(input).digest() :
		signers[how](Buffer.from(input), pair);
	return bytes.toString('base64url');
}

export function makeToken(pair, payload = claims(), header = HEADER,
	how = 'RS256') {
	const input = `${encode(header)}.${encode(payload)}`;
	return `${input}.${signatureOf(pair, input, how)}`;
}
