// Scripted calls to an assistant: what the tester says, what has to come, and
// what came of it. They are no calls of the clinic's: figures and usage leave
// them out.
import { patch, post, remove } from '../lib/api.js';
import { number, t, tOr } from '../lib/i18n.js';
import { useStill } from '../lib/press.js';
import { forget, useResource, useRights } from '../lib/store.js';
import { when } from '../lib/time.js';
import { toast } from '../lib/toast.js';
import { Badge } from '../lib/ui/badge.js';
import { confirm } from '../lib/ui/dialog.js';
import { Editor } from '../lib/ui/editor.js';
import { SelectField, TextArea, TextField } from '../lib/ui/field.js';
import { required, useForm } from '../lib/ui/form.js';
import { html, useState } from '../lib/ui/html.js';
import { Icon } from '../lib/ui/icon.js';
import { Card, Page, toHeading } from '../lib/ui/page.js';
import { EmptyState, errorWords, Notice, Resource } from '../lib/ui/state.js';
import { Transcript, turnsOf } from '../lib/ui/transcript.js';

const WATCH_MS = 1500;
const LINES = 10;
const TONES = { queued: 'plain', running: 'info', passed: 'good',
	failed: 'warn', error: 'bad' };
const ICONS = { passed: 'check', failed: 'missed', error: 'warn' };

const lines = (text) => text.split('\n').map((line) => line.trim())
	.filter(Boolean);

function TestForm({ test, assistants, intents, onSaved, onClose }) {
	const form = useForm({ name: test?.name ?? '',
		assistant_id: test?.assistant_id ?? assistants[0]?.id ?? '',
		script: test?.script ?? '',
		phrases: (test?.expected?.phrases ?? []).join('\n'),
		intent: test?.expected?.intent ?? '' }, {
		check: (values) => ({
			...required(values, 'name', 'assistant_id', 'script'),
			...(lines(values.script).length > LINES &&
				{ script: t('tests.script.many', { n: LINES }) }),
			...(lines(values.phrases).length > 20 &&
				{ phrases: t('tests.phrases.many') }) }),
		save: async (changes, { phrases, intent, ...values }) => {
			const { phrases: p, intent: i, ...changed } = changes;
			const expected = { phrases: lines(phrases), intent: intent || null };
			try {
				await (test ? patch(`assistant-tests/${test.id}`, { ...changed,
					...((p !== undefined || i !== undefined) && { expected }) })
					: post('assistant-tests', { ...values, expected }));
			} catch (error) {
				for (const name of ['phrases', 'intent']) {
					const { [`expected.${name}`]: message } = error.fields ?? {};
					if (message) {
						error.fields[name] = message;
						delete error.fields[`expected.${name}`];
					}
				}
				throw error;
			}
			onSaved();
		} });

	return html`<${Editor} form=${form} onClose=${onClose} always=${!test}
		title=${test ? t('tests.edit', { name: test.name }) : t('tests.new')}
		labels=${{ name: t('tests.name'), assistant_id: t('tests.assistant'),
			script: t('tests.script'), phrases: t('tests.phrases'),
			intent: t('tests.intent') }}>
		<div class="form-row">
			<${TextField} label=${t('tests.name')} required maxlength="80"
				autocomplete="off" ...${form.field('name')} />
			<${SelectField} label=${t('tests.assistant')}
				...${form.field('assistant_id')}
				options=${assistants.map((one) => ({ value: one.id,
					label: one.name }))} />
		</div>
		<${TextArea} label=${t('tests.script')} required rows="5"
			maxlength="4000" hint=${t('tests.script.hint', { n: LINES })}
			...${form.field('script')} />
		<${TextArea} label=${t('tests.phrases')} optional rows="3"
			hint=${t('tests.phrases.hint')} ...${form.field('phrases')} />
		${intents.length > 0 && html`<${SelectField} label=${t('tests.intent')}
			...${form.field('intent')}
			options=${[{ value: '', label: t('tests.intent.none') },
				...intents.map((one) => ({ value: one.slug,
					label: one.name }))]} />`}
	</${Editor}>`;
}

function Expected({ result }) {
	const rows = [...result.phrases.map(({ phrase, found }) =>
		({ key: phrase, found, words: html`<q dir="auto">${phrase}</q>`,
			verdict: t(found ? 'tests.found' : 'tests.lacking') })),
	...(result.intent ? [{ key: 'intent', found: result.intent.found,
		words: t('tests.result.intent', { intent: result.intent.intent }),
		verdict: t(result.intent.found ? 'tests.named' : 'tests.unnamed') }]
		: [])];

	return rows.length === 0
		? html`<p class="muted">${t('tests.result.nothing')}</p>`
		: html`<ul class="checks">${rows.map((row) => html`<li key=${row.key}
			class=${row.found ? 'found' : 'lacking'}>
			<${Icon} name=${row.found ? 'check' : 'close'} size="1.05em" />
			<span dir="auto">${row.words}</span>
			<span class="muted">${row.verdict}</span></li>`)}</ul>`;
}

function Result({ test }) {
	if (test.status === 'error') {
		return html`<${Notice} kind="bad" title=${t('tests.error')}>
			<p dir="auto">${test.error}</p></${Notice}>`;
	}
	return test.result && html`<${Expected} result=${test.result} />`;
}

const Running = () => html`<div class="running">
	<progress aria-label=${t('tests.status.running')}></progress>
	<p class="muted">${t('tests.running')}</p></div>`;

function Test({ test, fixed, busy, onRun, onEdit, onRemove }) {
	const running = test.status === 'running';
	const turns = turnsOf(test);

	return html`<${Card} id=${`test-${test.id}`} title=${test.name}
		className="test" actions=${html`<span role="status"
			class="actions">${test.score !== null && html`<span
			class="score">${number(test.score / 100, { style: 'percent',
				maximumFractionDigits: 0 })}</span>`}
			<${Badge} tone=${TONES[test.status] ?? 'plain'}
				icon=${ICONS[test.status]}>${tOr(`tests.status.${test.status}`,
				test.status)}</${Badge}></span>`}>
		<p class="muted small"><bdi>${test.assistant_name ??
			t('tests.assistant.gone')}</bdi>
			${test.finished_at && ` · ${t('tests.run_at',
				{ when: when(test.finished_at) })}`}</p>
		<details class="script"><summary>${t('tests.script.show',
			{ n: lines(test.script ?? '').length })}</summary>
			<ol>${lines(test.script ?? '').map((line, n) =>
				html`<li key=${n} dir="auto">${line}</li>`)}</ol></details>
		${running ? html`<${Running} />` : html`<${Result} test=${test} />`}
		${turns.length > 0 && html`<details class="said">
			<summary>${t('tests.transcript')}</summary>
			<${Transcript} turns=${turns} /></details>`}
		${!fixed && html`<div class="actions card-foot">
			<button type="button" class="small" onClick=${onRun}
				aria-disabled=${String(busy || running)}
				aria-busy=${running ? 'true' : undefined}>
				${!running && html`<${Icon} name="play" size="1em" />`}
				${t(test.finished_at ? 'tests.again' : 'tests.run')}
				<span class="sr">${test.name}</span></button>
			<button type="button" class="small secondary" onClick=${onEdit}>
				<${Icon} name="edit" size="1em" /> ${t('action.edit')}
				<span class="sr">${test.name}</span></button>
			<button type="button" class="small quiet" onClick=${onRemove}>
				<${Icon} name="trash" size="1em" /> ${t('action.delete')}
				<span class="sr">${test.name}</span></button>
		</div>`}
	</${Card}>`;
}

const tell = (error) => {
	const { title, advice } = errorWords(error);
	const said = Object.values(error.fields ?? {})[0];
	toast(said ? `${t('tests.refused')} ${said}` : `${title} ${advice}`,
		{ kind: 'bad' });
};

export default function TestsView() {
	const [watch, setWatch] = useState(false);
	const tests = useResource('assistant-tests', {},
		{ every: watch ? WATCH_MS : 0 });
	const assistants = useResource('assistants');
	const intents = useResource('intents');
	const { fixed } = useRights();
	const [edited, setEdited] = useState(null);
	const still = useStill((tests.data?.data ?? []).map((one) => one.id));
	const found = tests.data?.data ?? [];
	const running = found.some((one) => one.status === 'running');
	const voices = assistants.data?.data ?? [];
	const lacking = assistants.data && voices.length === 0;

	if (running !== watch)
		setWatch(running);
	const refresh = () => {
		forget('assistant-tests');
		return tests.reload();
	};
	const run = async (test) => {
		if (running)
			return;
		try {
			const begun = await post(`assistant-tests/${test.id}/run`);
			tests.put({ data: found.map((one) => one.id === begun.id
				? begun : one) });
			setWatch(true);
		} catch (error) {
			tell(error);
			refresh();
		}
	};
	const drop = async (one) => {
		if (!await confirm({ title: t('tests.delete.title', { name: one.name }),
			text: t('tests.delete.text'), yes: t('action.delete'),
			danger: true }))
			return;
		try {
			await remove(`assistant-tests/${one.id}`);
			toHeading();
			refresh();
		} catch (error) {
			tell(error);
		}
	};
	const add = !fixed && !lacking && html`<button type="button"
		onClick=${() => setEdited({})}><${Icon} name="plus" />
		${t('tests.add')}</button>`;

	return html`<${Page} title=${t('nav.tests')} lead=${t('tests.lead')}
		actions=${add}>
		<${Resource} of=${tests} lines=${6} className="card">${({ data }) =>
			data.length === 0
				? html`<div class="card"><${EmptyState} icon="tests"
					title=${t('tests.none')} action=${lacking ? html`<a
						href="#/assistants" class="button">${
						t('assistants.add')}</a>` : add}>
					${t(lacking ? 'tests.none.assistant' : 'tests.none.text')}
					</${EmptyState}></div>`
				: html`<div class="cards wide"
					onClickCapture=${still}>${data.map((one) =>
					html`<${Test} key=${one.id} test=${one} fixed=${fixed}
						busy=${running} onRun=${() => run(one)}
						onEdit=${() => setEdited(one)}
						onRemove=${() => drop(one)} />`)}</div>`}
		</${Resource}>
		${edited && html`<${TestForm} test=${edited.id ? edited : null}
			assistants=${voices} intents=${intents.data?.data ?? []}
			onClose=${() => setEdited(null)} onSaved=${() => {
				setEdited(null);
				refresh();
				toast(t('form.saved'), { kind: 'good' });
			}} />`}
	</${Page}>`;
}
