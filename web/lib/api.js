// All that talks to the server goes through here. Every request has a
// deadline; a GET that met a network fault is tried once more; what the server
// refuses becomes an ApiError with sentences in the page's language.
import { setClock } from './clock.js';
import { problemWords } from './i18n.js';
import { bearer, lapse } from './session.js';

const GET_MS = 15000;
const WRITE_MS = 30000;
const AGAIN_MS = 400;

const KINDS = { 400: 'input', 401: 'session', 403: 'denied', 404: 'absent',
	409: 'conflict', 410: 'gone', 412: 'changed', 413: 'large', 422: 'fields',
	429: 'limit' };

// kind says what went wrong in one word: network, deadline, server or one of
// KINDS. fields maps a field to the sentence that belongs behind its label;
// errors is what the server said of them: {field, code, params}.
export class ApiError extends Error {
	constructor(kind, { status = 0, problem = {} } = {}) {
		super(problem.detail ?? problem.title ?? kind);
		this.kind = kind;
		this.status = status;
		this.code = problem.code ?? null;
		this.detail = problemWords(problem, problem.detail ?? null);
		this.requestId = problem.request_id ?? null;
		this.errors = problem.errors ?? [];
		this.fields = {};
		for (const error of this.errors)
			this.fields[error.field] ??= problemWords(error, error.message);
	}
}

function address(path, query = {}) {
	const url = new URL(`api/${path}`, document.baseURI.split('#')[0]);

	for (const [name, value] of Object.entries(query)) {
		if (value !== undefined && value !== null && value !== '')
			url.searchParams.set(name, value);
	}
	return url;
}

async function problemOf(response) {
	try {
		const problem = await response.json();
		return typeof problem === 'object' && problem !== null ? problem : {};
	} catch {
		return {};
	}
}

// What it comes to that the way broke; whoever aborted it gets that back.
export function fault(error, signal, deadline) {
	if (signal?.aborted)
		return error;
	return new ApiError(deadline?.aborted || error.name === 'TimeoutError'
		? 'deadline' : 'network');
}

// The answer with its headers. The body is the caller's to read, and signal
// and deadline hold for it too.
async function send(method, path, token, { query, body, match, signal, ms,
	deadline = AbortSignal.timeout(ms) }) {
	const headers = { Accept: 'application/json, application/problem+json' };
	const init = { method, headers, cache: 'no-store',
		credentials: 'omit', redirect: 'error',
		signal: signal ? AbortSignal.any([signal, deadline]) : deadline };

	if (token !== null)
		headers.Authorization = `Bearer ${token}`;
	if (match !== undefined)
		headers['If-Match'] = match;
	if (body !== undefined) {
		headers['Content-Type'] = 'application/json';
		init.body = JSON.stringify(body);
	}
	const asked = Date.now();
	try {
		const response = await fetch(address(path, query), init);
		setClock(response.headers.get('Date'), asked);
		return response;
	} catch (error) {
		throw fault(error, signal, deadline);
	}
}

async function once(method, path, options) {
	const token = options.token ?? await bearer();
	const response = await send(method, path, token, options);

	if (response.ok)
		return response;
	const status = response.status;
	const problem = await problemOf(response);
	if (status === 401 && options.token === undefined)
		lapse(token, problem.code === 'choose_organization');
	throw new ApiError(KINDS[status] ?? 'server', { status, problem });
}

// The answer with its headers; its body is still to be read.
export async function request(method, path, options) {
	try {
		return await once(method, path, options);
	} catch (error) {
		if (method !== 'GET' || error.kind !== 'network')
			throw error;
	}
	await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
	return once(method, path, options);
}

// The ETag of what was answered: patch() with it as match fails, as kind
// changed, when something else stands there meanwhile.
const tags = new WeakMap();
export const tagOf = (data) => tags.get(data);

async function answer(method, path, options) {
	const response = await request(method, path, options);

	if (response.status === 204)
		return null;
	try {
		const data = await response.json();
		tags.set(data, response.headers.get('ETag') ?? undefined);
		return data;
	} catch (error) {
		throw fault(error, options.signal);
	}
}

// token: another proof than the session's, which then is not judged by it.
export const get = (path, query, { signal, token } = {}) =>
	answer('GET', path, { query, signal, token, ms: GET_MS });
export const post = (path, body = {}) =>
	answer('POST', path, { body, ms: WRITE_MS });
export const patch = (path, body, { match } = {}) =>
	answer('PATCH', path, { body, match, ms: WRITE_MS });
export const put = (path, body) =>
	answer('PUT', path, { body, ms: WRITE_MS });
export const remove = (path) => answer('DELETE', path, { ms: WRITE_MS });
