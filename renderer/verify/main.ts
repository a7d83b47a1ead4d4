import { verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { browserMachine, canCheck, fileSource } from './browser-machine.ts';
import { element, showReport } from './show-report.ts';

/** The page's behaviour: a file comes in, is checked, and what was found is shown. */
const form = byId('form');
const drop = byId('drop');
const input = byId('bundle') as HTMLInputElement;
const button = byId('check') as HTMLButtonElement;
const progress = byId('progress');
const result = byId('result');
let chosen: File | undefined;
let isChecking = false;

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no ${id}.`);
  return found;
}

function textOf(id: string): string {
  return (byId(id) as HTMLTextAreaElement).value.trim();
}

function choose(file: File | undefined): void {
  chosen = file;
  button.disabled = file === undefined || isChecking;
  progress.textContent = file === undefined ? '' : `${file.name} is ready to be checked.`;
}

async function check(file: File): Promise<void> {
  const key = textOf('key');
  const checkpoint = textOf('checkpoint');
  const report = await verifyBundle(fileSource(file), browserMachine, {
    keys: key === '' ? [] : key.split(/\s+/),
    checkpoints: checkpoint === '' ? [] : [checkpoint],
    onProgress: (entries) => {
      progress.textContent = `${entries} entries hold so far.`;
    },
  });
  show(showReport(report, file.name));
  document.body.dataset.outcome = report.outcome;
}

function show(content: readonly Node[]): void {
  result.replaceChildren(...content);
  result.hidden = false;
  result.focus();
}

async function run(): Promise<void> {
  if (chosen === undefined || isChecking) return;
  isChecking = true;
  button.disabled = true;
  result.hidden = true;
  delete document.body.dataset.outcome;
  progress.textContent = 'Checking. This takes a few seconds for each month.';
  try {
    await check(chosen);
    progress.textContent = 'The check has ended.';
  } catch (error) {
    progress.textContent = 'The check could not be brought to its end.';
    const sentence = `The browser stopped it: ${String(error)}. Nothing is known of the bundle.`;
    show([element('div', { class: 'verdict bad' }, element('h2', {}, 'Not checked'), element('p', {}, sentence))]);
  } finally {
    isChecking = false;
    button.disabled = chosen === undefined;
  }
}

input.addEventListener('change', () => choose(input.files?.[0]));
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void run();
});
for (const name of ['dragenter', 'dragover'] as const) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
document.addEventListener('dragleave', () => drop.classList.remove('over'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  const file = event.dataTransfer?.files[0];
  if (file === undefined) return;
  choose(file);
  void run();
});

void canCheck().then((isAble) => {
  if (isAble) return;
  input.disabled = true;
  choose(undefined);
  const sentence =
    'It cannot check Ed25519 signatures or unpack files. Use a current Chrome, Edge, Firefox or Safari, or the command forebay verify.';
  show([
    element('div', { class: 'verdict bad' }, element('h2', {}, 'This browser is too old'), element('p', {}, sentence)),
  ]);
});
