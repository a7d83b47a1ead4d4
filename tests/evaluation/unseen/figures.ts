/** One row as a judge of the verifier sees it. */
export interface JudgedRow {
  readonly kind: string;
  readonly score: number;
  readonly status: string;
  /** Energy that it claims beyond what was generated, kWh. */
  readonly overclaimedKwh: number;
  readonly codes: readonly string[];
  /** End of its interval, ms. NaN where the row has none. */
  readonly endMs: number;
  readonly unit: string;
}

/** The verifier's table. Shares are of one. */
export interface Figures {
  readonly honest: number;
  readonly attacks: number;
  readonly auc: number;
  readonly recallByKind: Readonly<Record<string, number>>;
  readonly meanRecall: number;
  readonly rowRecall: number;
  readonly overclaimPassing: number;
  readonly honestRejected: number;
  readonly honestNotApproved: number;
  readonly attacksApproved: number;
}

const HONEST = 'honest';
const FALSE_ALARMS = 0.005;

/**
 * The table of the verifier, counted apart from its own evaluation: the kinds in `without` count nowhere, those in `slow`
 * only in the mean over kinds and in the energy; those in `absurd` claim so much that they would be the whole of that sum.
 */
export function countFigures(
  rows: readonly JudgedRow[],
  { without, slow, absurd }: { without: string; slow: string; absurd: readonly string[] },
): Figures {
  const honest = rows.filter(({ kind }) => kind === HONEST);
  const tampered = rows.filter(({ kind }) => kind !== HONEST && kind !== without);
  const quick = tampered.filter(({ kind }) => kind !== slow);
  const limit = alarmLimit(honest);
  const isFound = ({ score }: JudgedRow): boolean => score < limit;
  const recallByKind: Record<string, number> = {};
  for (const kind of new Set(tampered.map((row) => row.kind))) {
    recallByKind[kind] = share(
      tampered.filter((row) => row.kind === kind),
      isFound,
    );
  }
  const recalls = Object.values(recallByKind);
  const claims = tampered.filter(({ kind }) => !absurd.includes(kind));
  const kwhOf = (some: readonly JudgedRow[]): number => some.reduce((sum, row) => sum + row.overclaimedKwh, 0);
  return {
    honest: honest.length,
    attacks: quick.length,
    auc: areaUnderCurve(honest, quick),
    recallByKind,
    meanRecall: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
    rowRecall: share(quick, isFound),
    overclaimPassing: kwhOf(claims.filter((row) => !isFound(row))) / kwhOf(claims),
    honestRejected: share(honest, ({ status }) => status === 'REJECTED'),
    honestNotApproved: share(honest, ({ status }) => status !== 'APPROVED'),
    attacksApproved: share(quick, ({ status }) => status === 'APPROVED'),
  };
}

/** The highest score below which no more than the allowed share of the honest rows lies. */
function alarmLimit(honest: readonly JudgedRow[]): number {
  const scores = honest.map(({ score }) => score).sort((one, other) => one - other);
  return scores[Math.floor(scores.length * FALSE_ALARMS)] ?? 0;
}

/** How often an honest row has the higher score of the two, over all pairs; equal scores count half. */
function areaUnderCurve(honest: readonly JudgedRow[], attacks: readonly JudgedRow[]): number {
  const scores = honest.map(({ score }) => score).sort((one, other) => one - other);
  let pairs = 0;
  for (const { score } of attacks) {
    const less = countBelow(scores, (at) => at < score);
    const lessOrEqual = countBelow(scores, (at) => at <= score);
    pairs += scores.length - lessOrEqual + (lessOrEqual - less) / 2;
  }
  return pairs / (scores.length * attacks.length);
}

/** How many of the ascending scores come before the first that is not below. */
function countBelow(scores: readonly number[], isBelow: (at: number) => boolean): number {
  let [low, high] = [0, scores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBelow(scores[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function share(rows: readonly JudgedRow[], accept: (row: JudgedRow) => boolean): number {
  return rows.filter(accept).length / rows.length;
}

/**
 * Whether a drift was told before it over-reported by more than a share: for the half day before that moment, one code
 * stands on at least half of the drifting rows, and on almost no honest row.
 */
export function sustainedCode(
  rows: readonly JudgedRow[],
  slow: string,
  reached: { share: number; endShare: number },
): string | undefined {
  const drifting = rows.filter(({ kind }) => kind === slow);
  const times = drifting.map(({ endMs }) => endMs);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const untilMs = from + ((to - from) * reached.share) / reached.endShare;
  const before = drifting.filter(({ endMs }) => endMs < untilMs && endMs >= untilMs - 43_200_000);
  const honest = rows.filter(({ kind }) => kind === HONEST);
  const codes = new Set(before.flatMap((row) => row.codes));
  return [...codes].find(
    (code) =>
      share(before, (row) => row.codes.includes(code)) >= 0.5 &&
      share(honest, (row) => row.codes.includes(code)) < 0.02,
  );
}
