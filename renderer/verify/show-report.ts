import type { UnitTotals } from '../../core/evidence/bundle-format.ts';
import { kwh } from '../../core/evidence/quantity-words.ts';
import { checkedWords, uncheckedWords } from '../../core/evidence/report-words.ts';
import type { BundleFacts, BundleReport } from '../../core/evidence/verify-bundle.ts';

/** Everything that a bundle says is put in as text, never as markup. */
type Content = string | Node;

export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...content: Content[]
): HTMLElement {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...content);
  return made;
}

/** The result of a check as the page shows it. */
export function showReport(report: BundleReport, fileName: string): Node[] {
  if (report.outcome === 'valid') return showValid(report.facts, fileName);
  const { code, place, message } = report.problem;
  const [title, tone] =
    report.outcome === 'invalid'
      ? ['Not valid: do not rely on this bundle', 'bad']
      : ['This is no evidence bundle', 'bad'];
  return [
    verdict(tone ?? 'bad', title ?? '', `${fileName}: ${message}`),
    element('p', {}, `The first thing that does not hold: ${place} (`, element('code', {}, code), ').'),
    element(
      'p',
      { class: 'soft' },
      'Nothing after it was checked. A file that came by mail or on a stick may be damaged: get it again from where it was made before anybody is blamed.',
    ),
  ];
}

function verdict(tone: string, title: string, sentence: string): HTMLElement {
  return element('div', { class: `verdict ${tone}` }, element('h2', {}, title), element('p', {}, sentence));
}

function showValid(facts: BundleFacts, fileName: string): Node[] {
  const { manifest, keysGiven } = facts;
  const { plantId, origin, period } = manifest;
  const what = `${fileName} is the evidence of ${plantId} from ${period.from} to ${period.to}`;
  const demo = origin === 'demo' ? ' It is of a simulated plant and can never be credited.' : '';
  const head =
    keysGiven > 0
      ? verdict('good', 'Valid', `${what}, made by the device whose key you gave.${demo}`)
      : verdict(
          'doubt',
          'Consistent in itself; whose it is was not checked',
          `${what}, if the key in it is the plant's. Put in the verifier key to check that.${demo}`,
        );
  return [
    head,
    element('h2', {}, 'What each unit did in the period'),
    element('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Figures' }, table(manifest.totals)),
    ...decidedBy(manifest.totals),
    element('h2', {}, 'Checked, and it holds'),
    list(checkedWords(facts)),
    element('h2', {}, 'Not checked'),
    list(uncheckedWords(facts)),
  ];
}

/** Who stands behind what the checks alone did not say. */
function decidedBy(totals: readonly UnitTotals[]): Node[] {
  const names = [...new Set(totals.flatMap(({ persons }) => persons?.names ?? []))].sort();
  return names.length === 0 ? [] : [element('p', {}, `Decided by: ${names.join(', ')}.`)];
}

function list(sentences: readonly string[]): HTMLElement {
  return element('ul', {}, ...sentences.map((sentence) => element('li', {}, sentence)));
}

const COLUMNS: readonly (readonly [string, (unit: UnitTotals) => string])[] = [
  ['Readings', ({ readings }) => String(readings)],
  ['Approved', ({ approved }) => String(approved)],
  ['Flagged', ({ flagged }) => String(flagged)],
  ['Rejected', ({ rejected }) => String(rejected)],
  ['Metered kWh', ({ counterWh }) => kwh(counterWh)],
  ['Stated later kWh', ({ meterWh }) => kwh(meterWh)],
  ['Imported kWh', ({ importWh }) => kwh(importWh)],
  ['Credited kWh', ({ creditedWh }) => kwh(creditedWh)],
  ['of it approved by persons kWh', ({ persons }) => (persons === undefined ? '?' : kwh(persons.approvedWh))],
  ['Refused by persons kWh', ({ persons }) => (persons === undefined ? '?' : kwh(persons.rejectedWh))],
  ['Waiting', ({ waiting }) => String(waiting)],
  ['Hours covered', ({ coveredMs }) => (coveredMs / 3_600_000).toFixed(2)],
];

function table(totals: readonly UnitTotals[]): HTMLElement {
  const titles = ['Unit', ...COLUMNS.map(([title]) => title)].map((title) => element('th', { scope: 'col' }, title));
  const rows = totals.map((unit) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, unit.unitId),
      ...COLUMNS.map(([, text]) => element('td', {}, text(unit))),
    ),
  );
  return element('table', {}, element('thead', {}, element('tr', {}, ...titles)), element('tbody', {}, ...rows));
}
