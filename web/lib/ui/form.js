// A form that loses nothing. What was typed lies as a draft over what the
// server has: a refresh changes only the fields nobody has touched, an error
// leaves the draft, and a save sends only what differs.
import { t } from '../i18n.js';
import { useGuard } from '../router.js';
import { confirmLeave } from './dialog.js';
import { useRef, useState } from './html.js';

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// base: the values as they stand, {name: value}.
// save(changes, values): a promise; an ApiError of kind fields is shown at
// the fields, every other above the form. false: it was not saved, and the
// view says why.
// check(values): {name: sentence} of what is wrong before asking the server.
// guard: false for a form whose loss is no loss.
export function useForm(base, { save, check, guard = true }) {
	const [draft, setDraft] = useState({});
	const [errors, setErrors] = useState({});
	const [fault, setFault] = useState(null);
	const [saving, setSaving] = useState(false);
	const [attempt, setAttempt] = useState(0);
	const busy = useRef(false);
	const values = { ...base, ...draft };
	const changes = Object.fromEntries(Object.entries(draft)
		.filter(([name, value]) => !same(value, base[name])));
	const dirty = Object.keys(changes).length > 0;

	useGuard(guard && dirty && !saving, confirmLeave);

	const set = (name, value) => {
		setDraft((old) => ({ ...old, [name]: value }));
		setErrors(({ [name]: gone, ...rest }) => rest);
	};
	const refuse = (found) => {
		setErrors(found);
		setAttempt((n) => n + 1);
	};
	const submit = async (event) => {
		event?.preventDefault();
		if (busy.current)
			return;
		const found = check?.(values) ?? {};
		setFault(null);
		if (Object.keys(found).length > 0) {
			refuse(found);
			return;
		}
		const sent = draft;
		busy.current = true;
		setSaving(true);
		setErrors({});
		try {
			if (await save(changes, values) === false) {
				setAttempt((n) => n + 1);
				return;
			}
			// What was typed while it was saved stays.
			setDraft((now) => Object.fromEntries(Object.entries(now)
				.filter(([name, value]) => !same(value, sent[name]))));
		} catch (error) {
			if (error.kind === 'fields') {
				refuse(error.fields);
			} else if (error.name !== 'AbortError') {
				setFault(error);
				setAttempt((n) => n + 1);
			}
		} finally {
			busy.current = false;
			setSaving(false);
		}
	};

	return { values, changes, dirty, saving, errors, fault, attempt, set,
		// What one field was told no longer holds.
		forgive: (...names) => setErrors((old) => Object.fromEntries(
			Object.entries(old).filter(([name]) => !names.includes(name)))),
		submit, reset: () => {
			setDraft({});
			setErrors({});
			setFault(null);
		},
		// For a Field: name, value, error, and what to call on input.
		field: (name) => ({ name, value: values[name] ?? '',
			error: errors[name], onValue: (value) => set(name, value) }) };
}

export const required = (values, ...names) => Object.fromEntries(
	names.filter((name) => !String(values[name] ?? '').trim())
		.map((name) => [name, t('form.required')]));
