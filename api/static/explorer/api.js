/* Requests, and what is said when one fails. Names and numbers travel in bodies, never in an address. */
import { $ } from './dom.js';
import { API } from './state.js';
import { visible } from './text.js';
import { sentence, t } from './words.js';

class Problem extends Error {
  constructor(title, detail = '') { super(title); this.title = title; this.detail = detail; }
}
const running = new Map();
export function cancel(...channels) { for (const c of channels) running.get(c)?.abort(); }

/** One request. A later one on the same channel replaces it, so that a slow answer never overwrites a newer one. */
export async function call(path, { channel = path, query = {}, body = null } = {}) {
  cancel(channel);
  const abort = new AbortController();
  running.set(channel, abort);
  const url = new URL(path, API);
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one) url.searchParams.append(name, one);
  }
  const options = { signal: abort.signal, cache: 'no-store', headers: { Accept: 'application/json' } };
  if (body) Object.assign(options, { method: 'POST', body: JSON.stringify(body) });
  if (body) options.headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(t('offline'), error.message);
  }
  if (response.ok) return response.json();
  if (response.status === 401) location.assign('signin.html');
  const problem = await response.json().catch(() => ({}));
  throw new Problem(problem.title ?? `HTTP ${response.status}`, problem.detail ?? '');
}
/** On what ground natural persons are looked at, as it was said when signing in. */
export function grounds() {
  const said = ['ground', 'authorisation'].map((name) => [name, sessionStorage.getItem(name)]);
  return Object.fromEntries(said.filter(([, value]) => value));
}
export function about(kind, key, what = '', query = {}, channel = undefined) {
  const path = `${kind}/${encodeURIComponent(key)}${what ? `/${what}` : ''}`;
  return call(path, { channel, query: { ...grounds(), purpose: $('purpose').value, as_of: $('as-of').value, known_at: $('known-at').value, ...query } });
}
export function say(title, detail = '') {
  $('banner-text').textContent = visible(detail ? `${title}: ${sentence(detail)}` : title);
  $('banner').hidden = false;
}
export const hush = () => { $('banner').hidden = true; };
/** Run; say what went wrong and return undefined. The view stays as it was. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (error.name === 'AbortError') return undefined;
    if (error instanceof Problem) say(error.title, error.detail);
    else { say(t('unexpected'), error.message); console.error(error); }
    return undefined;
  }
}
export function purposeChosen() {
  const chosen = Boolean($('purpose').value);
  $('purpose').toggleAttribute('aria-invalid', false);
  if (!chosen) {
    $('purpose').setAttribute('aria-invalid', 'true');
    $('purpose').focus();
    say(t('needPurpose'), t('needPurposeText'));
  }
  return chosen;
}
/** Several parties are asked about in the body: their names stand in no address. */
export function askAbout(path, body) {
  return call(path, { body: { ...grounds(), ...body, purpose: $('purpose').value, as_of: $('as-of').value || null, known_at: $('known-at').value || null } });
}
