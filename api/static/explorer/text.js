/* Text from sources as one can see it: what turns, hides or piles up characters is shown as a mark. */

const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e007f}]/gu;
const PILED = /(\p{M}{2})(\p{M}+)/gu;

/** The same text, with `[U+202E]` for a character that cannot be seen and `[+9]` for marks piled on one letter. */
export function visible(text) {
  return String(text)
    .replace(UNSEEN, (c) => `[U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}]`)
    .replace(PILED, (_, some, more) => `${some}[+${[...more].length}]`);
}
const wide = (c) => (c.charCodeAt(0) > 0x2e7f ? 2 : 1);
const size = (part) => [...part].reduce((sum, c) => sum + wide(c), 0);
/** Names are long: some lines of ten Chinese characters, broken between Latin words; the rest is in the panel. */
export function wrap(text, lines = 2) {
  const whole = size(text);
  const width = Math.min(20, Math.ceil(whole / Math.ceil(whole / 20)) + 2); // lines of about the same length
  const out = [''];
  for (const part of visible(text).replace(/\s+/g, ' ').match(/[〔(《【“]?(?:[!-~]{1,20} ?|.)[〕)》】”、,。]?/gsu) ?? []) {
    if (size(out.at(-1)) + size(part.trimEnd()) > width) {
      if (out.length === lines) return `${out.join('\n')}…`;
      out.push('');
    }
    out[out.length - 1] += part;
  }
  return out.join('\n');
}
export function shorten(text, most) {
  const all = [...visible(text)];
  return all.length > most ? `${all.slice(0, most).join('')}…` : all.join('');
}
