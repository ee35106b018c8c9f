// A form in a dialog. It asks before it closes over something unsaved.
import { t } from '../i18n.js';
import { confirmLeave, Dialog } from './dialog.js';
import { FormErrors, SaveButton } from './field.js';
import { html } from './html.js';

// form: of useForm; labels: {field: its label}, for the list of errors.
// always: what stands at the beginning may be saved as it is.
export function Editor({ title, form, labels, always = false, save, onClose,
	children }) {
	const close = async () => {
		if (!form.saving && (!form.dirty || await confirmLeave()))
			onClose();
	};

	return html`<${Dialog} title=${title} onClose=${close}>
		<form noValidate onSubmit=${form.submit}>
			<${FormErrors} form=${form} labels=${labels} />
			${children}
			<footer class="actions end">
				<button type="button" class="secondary" onClick=${close}>
					${t('action.cancel')}</button>
				<${SaveButton} form=${form} always=${always} label=${save} />
			</footer>
		</form>
	</${Dialog}>`;
}
