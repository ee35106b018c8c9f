// What time it is by the server's clock, however wrong this device's is.
let ahead = 0;

// told: the Date of an answer, which leaves out the part of a second. asked:
// what this device's clock showed when that was asked for. A difference that
// fits both is kept, so that the time does not waver with the way.
export function setClock(told, asked) {
	const at = Date.parse(told);

	if (!Number.isNaN(at)) {
		ahead = Math.min(Math.max(ahead, at - Date.now()),
			at + 1000 - asked);
	}
}

export const now = () => new Date(Date.now() + ahead);
