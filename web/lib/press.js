// A press that was meant for what stood there before presses nothing. With a
// double click, a key that is held, or an answer that comes between aiming and
// pressing, it would reach what has come under the pointer or got the focus:
// the next patient's row.
import { useLayoutEffect, useRef } from '../vendor/hooks.js';

const SOON_MS = 500;
const NEAR_PX = 12;
const CONTROL = 'button, a';

// What the pointer pressed last, and what the page itself has led the focus
// to: {control, at}, the one with {x, y}.
let pressed = null;
let led = null;

const isSoon = (at) => performance.now() - at < SOON_MS;

function refuse(event) {
	event.preventDefault();
	event.stopImmediatePropagation();
}

function click(event) {
	const control = event.target.closest?.(CONTROL);

	if (event.detail === 0) {
		if (control && control === led?.control && isSoon(led.at))
			refuse(event);
		return;
	}
	const { clientX: x, clientY: y, detail } = event;
	const again = pressed !== null && (detail > 1 || isSoon(pressed.at)) &&
		Math.hypot(x - pressed.x, y - pressed.y) < NEAR_PX;
	if (control && again && (control !== pressed.control ||
		detail > 1 && control.matches('button')))
		refuse(event);
	pressed = { x, y, at: performance.now(),
		control: again ? pressed.control : control };
}

function keydown(event) {
	pressed = null;
	if (event.repeat && ['Enter', ' '].includes(event.key) &&
		event.target.closest?.(CONTROL))
		event.preventDefault();
}

export function guardPresses() {
	addEventListener('click', click, true);
	addEventListener('keydown', keydown, true);
}

// Give the focus to what follows that which was pressed and has gone.
export function leadTo(control) {
	led = { control, at: performance.now() };
	control?.focus();
}

// For a list whose rows go and change places when an answer comes: what is to
// be its onClickCapture, and refuses what is pressed the moment after. keys:
// of its rows, in their order.
export function useStill(keys) {
	const before = useRef(keys);
	const moved = useRef(-Infinity);

	useLayoutEffect(() => {
		if (before.current.some((key, i) => key !== keys[i]))
			moved.current = performance.now();
		before.current = keys;
	});
	return (event) => isSoon(moved.current) && refuse(event);
}
