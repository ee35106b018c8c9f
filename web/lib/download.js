// Bodies that may be large, such as a recording or the list as a file.
import { ApiError, fault, request } from './api.js';

const STALL_MS = 60000;

// A deadline that again() puts off; stop() ends it.
function patience(ms) {
	const controller = new AbortController();
	let timer = 0;
	const stop = () => clearTimeout(timer);
	const again = () => {
		stop();
		timer = setTimeout(() => controller.abort(), ms);
	};

	again();
	return { deadline: controller.signal, again, stop };
}

// A body that may be large, as a Blob; progress(bytes, total or null) is
// called while it comes. It may take long, but not a minute without a byte.
export async function download(path, query, options) {
	const wait = patience(STALL_MS);

	try {
		return await collect(await request('GET', path, { query,
			signal: options.signal, deadline: wait.deadline }), wait, options);
	} finally {
		wait.stop();
	}
}

// The parts are handed to the browser as they grow, so that the page itself
// never holds a long recording in memory.
async function collect(response, wait, { signal, progress, most }) {
	const PART = 4 << 20;
	const length = Number(response.headers.get('Content-Length')) || null;
	const type = response.headers.get('Content-Type') ?? '';
	const reader = response.body.getReader();
	const parts = [];
	let chunks = [], held = 0, bytes = 0;

	for (;;) {
		let step;
		try {
			step = await reader.read();
		} catch (error) {
			throw fault(error, signal, wait.deadline);
		}
		wait.again();
		if (step.done)
			break;
		chunks.push(step.value);
		held += step.value.length;
		bytes += step.value.length;
		if (bytes > most || length > most) {
			await reader.cancel();
			throw new ApiError('large');
		}
		if (held >= PART) {
			parts.push(new Blob(chunks));
			chunks = [];
			held = 0;
		}
		progress?.(bytes, length);
	}
	return new Blob([...parts, ...chunks], { type });
}

// Hand a Blob to the person as a file.
export function saveFile(blob, name) {
	const link = document.createElement('a');

	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
