import { type Evaluation, HONEST_LABEL, type LabelledScore } from './evaluate.ts';
import { figureWords, type Needs } from './figure-words.ts';

const WIDTH = 460;
const HEIGHT = 300;
const MARGIN = 58;
/** Above the plots, where the legend stands. */
const TOP = 20;

/** By what a page is known for one of these. */
export const PAGE_BEGIN = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Evaluation of the verifier</title>`;

/** One self-contained page with the figures, the ROC curve and the spread of the scores. No script, no network. */
export function drawEvaluation(figures: Evaluation, scores: readonly LabelledScore[]): string {
  const said = (needs: Needs, value: number, print = (share: number): string => share.toFixed(4)): string =>
    figureWords(value, figures, { needs, print });
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const kinds = figures.kinds
    .map(
      ({ kind, rows, recall, approved }) =>
        `<tr><th scope="row">${escapeText(kind)}</th><td>${rows}</td><td>${said('both', recall.share, (value) => value.toFixed(3))}</td>` +
        `<td>${recall.low.toFixed(3)} to ${recall.high.toFixed(3)}</td><td>${(100 * approved).toFixed(1)} %</td></tr>`,
    )
    .join('\n');
  return `${PAGE_BEGIN}
<style>${STYLE}</style>
</head>
<body>
<h1>Evaluation of the verifier</h1>
<p>${figures.honestRows} honest rows and ${figures.attackRows} rows of attacks and faults. AUC: ${said('both', figures.auc)};
mean recall over kinds: ${said('both', figures.recallMeanOverKinds)}; recall by rows: ${said('both', figures.recallRows.share)};
over-claimed energy that passes: ${said('both', figures.overclaimedPassing, percent)}. Threshold that doubts 0.5 % of the
honest rows: ${said('honest', figures.threshold)}.</p>
<div class="plots">
${frame('How many attacks are found for how many false alarms', 'false alarms, %', 'found, %', `${ticks(ROC_ACROSS, ROC_UPWARDS)}${roc(figures)}`)}
${frame('Trust scores', 'trust score', 'share of rows, % (log)', `${ticks(SCORES_ACROSS, SHARES_UPWARDS)}${histogram(scores)}`)}
</div>
<table>
<caption>By kind, at the threshold</caption>
<thead><tr><th scope="col">kind</th><th scope="col">rows</th><th scope="col">recall</th>
<th scope="col">95 % interval</th><th scope="col">approved by the verifier's own threshold</th></tr></thead>
<tbody>
${kinds}
</tbody>
</table>
</body>
</html>
`;
}

const FALSE_ALARMS_SHOWN = 0.05;
const BINS = 50;
const SHARE_MIN = 1e-5;

function roc({ roc: points }: Evaluation): string {
  const path = points
    .filter(([falseAlarms]) => falseAlarms <= FALSE_ALARMS_SHOWN)
    .map(([falseAlarms, found]) => `${x(falseAlarms / FALSE_ALARMS_SHOWN)},${y(found)}`)
    .join(' ');
  return `<polyline class="honest" points="${path}"/>`;
}

function histogram(scores: readonly LabelledScore[]): string {
  const honest = scores.filter(({ label }) => label === HONEST_LABEL).map(({ trustScore }) => trustScore);
  const attacks = scores.filter(({ label }) => label !== HONEST_LABEL).map(({ trustScore }) => trustScore);
  return `${steps(honest, 'honest')}${steps(attacks, 'attack')}
<text class="honest-text" x="${MARGIN + 8}" y="12">honest</text><text class="attack-text" x="${MARGIN + 70}" y="12">attacks</text>`;
}

function steps(values: readonly number[], kind: string): string {
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor(value * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const points = counts.flatMap((count, bin) => {
    const share = Math.max(SHARE_MIN, count / Math.max(1, values.length));
    const height = 1 - Math.log10(share) / Math.log10(SHARE_MIN);
    return [`${x(bin / BINS)},${y(height)}`, `${x((bin + 1) / BINS)},${y(height)}`];
  });
  return `<polyline class="${kind}" points="${points.join(' ')}"/>`;
}

/** A number at an axis, and how far along it that is, 0 to 1. */
type Tick = readonly [words: string, share: number];

const QUARTERS = [0, 0.25, 0.5, 0.75, 1] as const;
const ROC_ACROSS: readonly Tick[] = [0, 1, 2, 3, 4, 5].map((percent) => [
  String(percent),
  percent / 100 / FALSE_ALARMS_SHOWN,
]);
const ROC_UPWARDS: readonly Tick[] = QUARTERS.map((share) => [String(100 * share), share]);
const SCORES_ACROSS: readonly Tick[] = QUARTERS.map((share) => [String(share), share]);
/** From 0.001 % to 100 %, a decade each. */
const SHARES_UPWARDS: readonly Tick[] = [-5, -4, -3, -2, -1, 0].map((power) => [
  String(Number((100 * 10 ** power).toPrecision(1))),
  1 - power / Math.log10(SHARE_MIN),
]);

function ticks(across: readonly Tick[], upwards: readonly Tick[]): string {
  const below = across.map(
    ([words, share]) =>
      `<path class="axis" d="M${x(share)},${HEIGHT - MARGIN} v4"/><text x="${x(share)}" y="${HEIGHT - MARGIN + 16}">${words}</text>`,
  );
  const beside = upwards.map(
    ([words, share]) =>
      `<path class="axis" d="M${MARGIN},${y(share)} h-4"/><text class="beside" x="${MARGIN - 7}" y="${Number(y(share)) + 4}">${words}</text>`,
  );
  return [...below, ...beside].join('\n');
}

function frame(title: string, across: string, upwards: string, content: string): string {
  return `<figure><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
<path class="axis" d="M${MARGIN},${TOP} V${HEIGHT - MARGIN} H${WIDTH - 10}"/>
<text x="${WIDTH / 2}" y="${HEIGHT - 12}">${across}</text>
<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)">${upwards}</text>
${content}
</svg></figure>`;
}

function x(share: number): string {
  return (MARGIN + share * (WIDTH - MARGIN - 10)).toFixed(1);
}

function y(share: number): string {
  return (HEIGHT - MARGIN - share * (HEIGHT - MARGIN - TOP)).toFixed(1);
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
.plots { display: flex; flex-wrap: wrap; gap: 1rem }
figure { margin: 0; flex: 1 1 26rem }
figcaption, caption { font-weight: 600; text-align: left }
svg { width: 100%; height: auto }
svg text { font-size: 12px; text-anchor: middle; fill: #444 }
svg .beside { text-anchor: end }
.axis { fill: none; stroke: #777 }
.honest { fill: none; stroke: #345; stroke-width: 1.6 }
.attack { fill: none; stroke: #b3261e; stroke-width: 1.6 }
svg .honest-text { text-anchor: start; fill: #345 } svg .attack-text { text-anchor: start; fill: #b3261e }
table { border-collapse: collapse; margin-top: 1.5rem } th, td { padding: .2rem .8rem; border-bottom: 1px solid #ccc; text-align: right }
th:first-child { text-align: left; font-weight: 400 } thead th { font-weight: 600 }`;
