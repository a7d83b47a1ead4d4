/** Shows the state that stands in the fragment of the address; see status-page.ts for its shape. */

/** @param {string} id @param {string} text */
function show(id, text) {
  const element = document.getElementById(id);
  if (element === null) return;
  element.textContent = text;
  element.hidden = text === '';
}

function showState() {
  if (location.hash.length < 2) return;
  /** @type {import('./status-page.ts').StatusContent} */
  const content = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  show('title', content.title);
  show('sentence', content.sentence);
  show('hint', content.hint);
  show('code', content.code);
  document.querySelector('main')?.setAttribute('data-tone', content.tone);
  const retry = document.getElementById('retry');
  if (retry !== null) retry.hidden = content.offer === 'none';
}

window.addEventListener('hashchange', showState);
document.getElementById('retry')?.addEventListener('click', () => window.forebayDesktop?.retry());
showState();
