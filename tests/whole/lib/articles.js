// "a" and "an" before a word, as far as its letters tell.

// Begin with a vowel's letter and another sound, and the other way round.
const CONSONANT = /^(uni|us[aeiu]|ut[ei]|eu|one\b|once\b|u\b|ubi|ur[ai])/i;
const VOWEL = /^(hour|honest|honou?r|heir|(mp3|sip|sms|html|http|sid|xml)\b)/i;

// The articles of an English text that are wrong, with their words.
export function wrongArticles(text) {
	return [...text.matchAll(/\b(an?)\s+["“'(]*([a-z][\w.'-]*)/gi)]
		.filter(([, article, word]) => (article.toLowerCase() === 'an') !==
			(VOWEL.test(word) ||
				/^[aeiou]/i.test(word) && !CONSONANT.test(word)))
		.map(([found]) => found);
}

// Words whose ending does not tell what they are, and those that are both.
const BOTH = /^(por|(anterior|posterior|mayor|menor|mejor|peor)(es)?)$/;
const MALE = /^(día|idioma|problema|sistema|programa|mapa|tema|minuto|aviso)s?$/;
const FEMALE = /^(mano|foto|moto|radio)s?$/;
const ENDS_FEMALE = /(a|as|ción|sión|ciones|siones|dad|dades|tud)$/;
const ENDS_MALE = /(o|os|or|ores|aje|ajes)$/;

// The same of a Spanish one: un, una, el, la and those of several.
export function wrongGenders(text) {
	return [...text.matchAll(new RegExp('(?<![\\p{L}\\d])(un|una|unos|unas|el|' +
		'la|los|las|del)\\s+(\\p{L}+)', 'giu'))]
		.filter(([, article, noun]) => {
			const word = noun.toLowerCase();
			const female = /^(una|unas|la|las)$/i.test(article);
			if (BOTH.test(word))
				return false;
			if (MALE.test(word))
				return female;
			if (FEMALE.test(word))
				return !female;
			return female ? ENDS_MALE.test(word) : ENDS_FEMALE.test(word);
		})
		.map(([found]) => found);
}
