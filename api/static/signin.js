'use strict';
/** Signing in: the key goes to the service once, which keeps it in a cookie that no script can read. */
const $ = (id) => document.getElementById(id);
const SESSION = new URL('../session', document.baseURI);
function say(text) {
  $('banner').textContent = text;
  $('banner').hidden = false;
}
async function send(method, body) {
  try {
    return await fetch(SESSION, { method, body, headers: body ? { 'Content-Type': 'application/json' } : {} });
  } catch {
    say('服务没有回应 · The service does not answer');
    return null;
  }
}
$('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  for (const name of ['ground', 'authorisation']) sessionStorage.setItem(name, $(name).value.trim());
  const answer = await send('POST', JSON.stringify({ key: $('key').value.trim() }));
  $('key').value = '';
  if (answer?.ok) location.replace('./');
  else if (answer) say(`密钥无效或已失效 · ${(await answer.json().catch(() => ({}))).detail ?? `HTTP ${answer.status}`}`);
});
$('out').addEventListener('click', async () => {
  if ((await send('DELETE', null))?.ok) say('已退出 · Signed out');
});
