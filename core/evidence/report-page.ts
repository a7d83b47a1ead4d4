import type { Manifest, UnitTotals } from './bundle-format.ts';
import type { PersonTotals } from './person-totals.ts';
import { counted, kwh } from './quantity-words.ts';

/** Names the form of the page, so that a verifier knows whether it can write the same page again. */
export const REPORT_FORM = '<!-- Forebay report, form 2 -->';

const STYLE = `:root{color-scheme:light}body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1.5rem 1rem;color:#1b1b1b;background:#fff}
h1,h2,h3{line-height:1.25;overflow-wrap:anywhere}dl{margin:0}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:0 2rem}
.sums{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:1rem 0}
.sums div{border:1px solid #767676;border-radius:.25rem;padding:.5rem .75rem}.sums b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.units{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1rem}
.units section{border:1px solid #767676;border-radius:.25rem;padding:.25rem .75rem .75rem;break-inside:avoid}
table{border-collapse:collapse;width:100%}th,td{border-top:1px solid #d0d0d0;padding:.2rem 0;vertical-align:top}
th{font-weight:400;text-align:left;padding-right:.75rem}td{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tr.s th,tr.s td{font-weight:600}
@media(max-width:24rem){.units{grid-template-columns:1fr}}
@media print{body{font-size:10pt;max-width:none;padding:0}.units{grid-template-columns:repeat(2,1fr)}}
@page{size:A4;margin:16mm}`;

/**
 * The report that people read: what the manifest says, and nothing else, so that a verifier can write it again from the
 * figures that it recomputed and compare the two byte for byte.
 */
export function reportPage(manifest: Omit<Manifest, 'files'>): string {
  const { plantId, period, totals } = manifest;
  return `<!doctype html>
${REPORT_FORM}
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(`${plantId}, ${period.from} to ${period.to}`)}</title>
<style>${STYLE}</style></head>
<body><h1>Evidence of ${escapeHtml(plantId)}</h1>
<dl class="facts">${factsOf(manifest)
    .map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`)
    .join('\n')}</dl>
<h2>The plant in the period</h2>
<div class="sums">${sumsOf(totals)
    .map(([name, value]) => `<div>${name}<b>${escapeHtml(value)}</b></div>`)
    .join('\n')}</div>
<p>${escapeHtml(personWords(totals))}</p>
<h2>What each unit did</h2>
<div class="units">${totals.map(unitSection).join('\n')}</div>
<p>Only readings that lie wholly in the period count. Credited is what a meter counted, in readings that were approved by
the checks or by persons. Open verify.html, or run forebay verify, to check all of this.</p>
</body></html>
`;
}

function factsOf(manifest: Omit<Manifest, 'files'>): readonly (readonly [string, string])[] {
  const { plantId, origin, period, range, treeSize, createdAt, tool, keys } = manifest;
  const open = period.state === 'unfinished' ? ', not finished when this was made' : '';
  return [
    ['Plant', plantId],
    ['Data', origin === 'plant' ? 'of a plant' : 'of a simulated plant (demo): never credited'],
    ['Period', `${period.from} to ${period.to}${open}`],
    ['Entries', `${range.from} to ${range.to - 1} of a ledger of ${treeSize}`],
    ['Device key', keys.map(({ verifierKey }) => verifierKey).join(' ')],
    ['Made', `${createdAt} by ${tool}`],
    ['Raw samples', samplesWords(manifest)],
  ];
}

function sumsOf(totals: readonly UnitTotals[]): readonly (readonly [string, string])[] {
  const sum = (of: (unit: UnitTotals) => number): bigint => totals.reduce((all, unit) => all + BigInt(of(unit)), 0n);
  return [
    ['Metered', `${kwh(sum(({ counterWh, meterWh }) => counterWh + meterWh))} kWh`],
    ['Credited', `${kwh(sum(({ creditedWh }) => creditedWh))} kWh`],
    ['of it by decision of persons', `${kwh(sum(({ persons }) => persons?.approvedWh ?? 0))} kWh`],
    ['Refused by persons', `${kwh(sum(({ persons }) => persons?.rejectedWh ?? 0))} kWh`],
    ['Readings waiting for a person', String(sum(({ waiting }) => waiting))],
  ];
}

function personWords(totals: readonly UnitTotals[]): string {
  const names = [...new Set(totals.flatMap(({ persons }) => persons?.names ?? []))].sort();
  return names.length === 0
    ? 'No decision of a person changed what the checks said of a reading of the period.'
    : `Decided by: ${names.join(', ')}.`;
}

type Row = readonly [title: string, text: string, tone?: 'strong'];

function unitSection(unit: UnitTotals): string {
  const rows = rowsOf(unit).map(
    ([title, text, tone]) =>
      `<tr${tone === undefined ? '' : ' class="s"'}><th scope="row">${title}</th><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<section><h3>${escapeHtml(unit.unitId)}</h3>\n<table><tbody>${rows.join('\n')}</tbody></table></section>`;
}

function rowsOf(unit: UnitTotals): readonly Row[] {
  return [
    ['Readings', String(unit.readings)],
    ['approved by the checks', String(unit.approved)],
    ['flagged', String(unit.flagged)],
    ['rejected', String(unit.rejected)],
    ['Metered', `${kwh(unit.counterWh)} kWh`],
    ['Metered, stated later', `${kwh(unit.meterWh)} kWh`],
    ['Estimated', `${kwh(unit.estimatedWh)} kWh`],
    ['Reported', `${kwh(unit.reportedWh)} kWh`],
    ['Imported', `${kwh(unit.importWh)} kWh`],
    ['Credited', `${kwh(unit.creditedWh)} kWh`, 'strong'],
    ...personRows(unit.persons),
    ['Waiting for a person', String(unit.waiting)],
    ['Hours covered', (unit.coveredMs / 3_600_000).toFixed(3)],
    ['Gaps', String(unit.gaps)],
  ];
}

function personRows(persons: PersonTotals | undefined): readonly Row[] {
  if (persons === undefined) return [];
  return [
    ['of it by persons', `${counted(persons.approved, 'reading')}, ${kwh(persons.approvedWh)} kWh`],
    ['refused by persons', `${counted(persons.rejected, 'reading')}, ${kwh(persons.rejectedWh)} kWh`],
  ];
}

function samplesWords({ samples }: Pick<Manifest, 'samples'>): string {
  if (samples === undefined) return 'not included; each reading names their digests';
  const { blocks, gone, unexplained = 0 } = samples;
  if (gone === 0) return `${blocks} blocks included`;
  const why = unexplained === 0 ? 'as the ledger says' : `${unexplained} of them without an entry that says why`;
  return `${blocks} blocks included; ${gone} are no longer kept at the plant, ${why}`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
