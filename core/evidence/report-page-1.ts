import type { Manifest, UnitTotals } from './bundle-format.ts';

/** Names the form of the page, so that a verifier knows whether it can write the same page again. */
export const REPORT_FORM_1 = '<!-- Forebay report, form 1 -->';

/** The report of bundles of version 1. It is frozen: a verifier writes it again and compares. */
export function reportPage1(manifest: Omit<Manifest, 'files'>): string {
  const { plantId, origin, period, range, treeSize, createdAt, tool, totals, keys } = manifest;
  const facts: [string, string][] = [
    ['Plant', plantId],
    ['Data', origin === 'plant' ? 'of a plant' : 'of a simulated plant (demo): never credited'],
    [
      'Period',
      `${period.from} to ${period.to}${period.state === 'unfinished' ? ', not finished when this was made' : ''}`,
    ],
    ['Entries', `${range.from} to ${range.to - 1} of a ledger of ${treeSize}`],
    ['Device key', keys.map(({ verifierKey }) => verifierKey).join(' ')],
    ['Made', `${createdAt} by ${tool}`],
    ['Raw samples', samplesWords(manifest)],
  ];
  return `<!doctype html>
${REPORT_FORM_1}
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(`${plantId}, ${period.from} to ${period.to}`)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse}th,td{border:1px solid #767676;padding:.3rem .6rem;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}</style></head>
<body><h1>Evidence of ${escapeHtml(plantId)}</h1>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('\n')}</dl>
<h2>What each unit did in the period</h2>
<table><thead><tr>${COLUMNS.map(([title]) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>${totals.map(rowOf).join('\n')}</tbody></table>
<p>Only readings that lie wholly in the period count. Credited is what a meter counted, in readings that were approved by
the checks or by persons. Open verify.html, or run forebay verify, to check all of this.</p>
</body></html>
`;
}

const COLUMNS: readonly (readonly [string, (unit: UnitTotals) => string])[] = [
  ['Unit', ({ unitId }) => unitId],
  ['Readings', ({ readings }) => String(readings)],
  ['Approved', ({ approved }) => String(approved)],
  ['Flagged', ({ flagged }) => String(flagged)],
  ['Rejected', ({ rejected }) => String(rejected)],
  ['Metered kWh', ({ counterWh }) => kwh(counterWh)],
  ['Metered, stated later kWh', ({ meterWh }) => kwh(meterWh)],
  ['Estimated kWh', ({ estimatedWh }) => kwh(estimatedWh)],
  ['Reported kWh', ({ reportedWh }) => kwh(reportedWh)],
  ['Imported kWh', ({ importWh }) => kwh(importWh)],
  ['Credited kWh', ({ creditedWh }) => kwh(creditedWh)],
  ['Awaiting review', ({ waiting }) => String(waiting)],
  ['Hours covered', ({ coveredMs }) => (coveredMs / 3_600_000).toFixed(3)],
  ['Gaps', ({ gaps }) => String(gaps)],
];

function rowOf(unit: UnitTotals): string {
  const cells = COLUMNS.map(([, text], i) =>
    i === 0 ? `<th scope="row">${escapeHtml(text(unit))}</th>` : `<td class="n">${escapeHtml(text(unit))}</td>`,
  );
  return `<tr>${cells.join('')}</tr>`;
}

/** Whole watt-hours as kilowatt-hours, exactly. */
function kwh(wh: number): string {
  const magnitude = BigInt(Math.abs(wh));
  return `${wh < 0 ? '-' : ''}${magnitude / 1000n}.${String(magnitude % 1000n).padStart(3, '0')}`;
}

function samplesWords({ samples }: Pick<Manifest, 'samples'>): string {
  if (samples === undefined) return 'not included; each reading names their digests';
  const gone = samples.gone === 0 ? '' : `; ${samples.gone} blocks are no longer kept at the plant`;
  return `${samples.blocks} blocks included${gone}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
