// Languages by their tags (BCP 47), named in the language of the page.
import { language } from '../i18n.js';

// What assistants are often set to.
export const LANGUAGE_TAGS = ['en', 'en-US', 'en-GB', 'es', 'es-MX', 'es-US',
	'fr', 'fr-CA', 'de', 'it', 'pt', 'pt-BR', 'nl', 'pl', 'zh', 'vi', 'ko',
	'ar', 'hi'];

export function languageName(tag) {
	try {
		const name = new Intl.DisplayNames(language.get(),
			{ type: 'language' }).of(tag);
		return name.charAt(0).toUpperCase() + name.slice(1);
	} catch {
		return tag;
	}
}
