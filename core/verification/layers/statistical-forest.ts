import type { LayerResult, VerificationContext } from '../layer.ts';
import type { VerificationSettings } from '../settings.ts';
import { conclude, PASS_RANGE, type Suspicion, show, suspect } from '../suspicion.ts';
import { anomalyScore } from '../twin/isolation-forest.ts';
import { RELATION_LABELS, RELATION_NAMES } from '../twin/observe.ts';
import type { TwinView } from '../twin/unit-twin.ts';

/** Residuals of a few relations say something of the whole; one alone does not. */
const RELATIONS_MIN = 2;

/**
 * How unusual the residuals are together, by an Isolation Forest over the unit's own commissioning data. Undefined
 * where the unit has no forest yet. It flags at most: being unusual is not being wrong.
 */
export function askForest(
  view: TwinView,
  { twin }: VerificationContext,
  { statistical: limits }: VerificationSettings,
): LayerResult | undefined {
  const forest = twin?.model?.forest;
  const limit = twin?.model?.forestLimit;
  if (forest === undefined || limit === undefined) return undefined;
  const row: number[] = [];
  let seen = 0;
  let furthest = 0;
  for (const name of RELATION_NAMES) {
    const z = view[name]?.z;
    row.push(z ?? 0);
    if (z === undefined) continue;
    seen += 1;
    furthest = Math.max(furthest, Math.abs(z));
  }
  if (seen < RELATIONS_MIN) return undefined;
  const score = anomalyScore(forest, row);
  // 0 for the middle of what is usual, 1 at what one in a thousand honest readings passes.
  const strain = Math.max(0, Math.min(1, (score - USUAL_SCORE) / (limit - USUAL_SCORE)));
  const isFlag = score > limit + limits.forestMargin && furthest > limits.zNote;
  const found: Suspicion[] = isFlag ? [tell(view, { score, limit })] : [];
  return conclude(found, 1 - PASS_RANGE * strain);
}

const USUAL_SCORE = 0.45;

function tell(view: TwinView, of: { score: number; limit: number }): Suspicion {
  const seen = RELATION_NAMES.flatMap((name) => (view[name] === undefined ? [] : [{ name, z: view[name].z }]));
  const listed = seen
    .toSorted((a, b) => Math.abs(b.z) - Math.abs(a.z))
    .slice(0, 3)
    .map(({ name, z }) => `${RELATION_LABELS[name]} (${z > 0 ? '+' : ''}${show(z)} sigma)`);
  return suspect('statistical', 'flag', Math.min(1, 4 * (of.score - of.limit)), {
    code: 'VER_UNUSUAL_TOGETHER',
    message: `Together these values are unlike anything in the unit's commissioning data: ${listed.join(', ')}.`,
    action: 'Ask what changed at the unit or its sensors. If nothing did, compare the meter and the displays.',
    evidence: { score: of.score, limit: of.limit, ...Object.fromEntries(seen.map(({ name, z }) => [name, z])) },
  });
}
