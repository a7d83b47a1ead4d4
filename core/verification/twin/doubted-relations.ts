import type { Finding } from '../verdict.ts';
import { RELATION_NAMES, type RelationName } from './observe.ts';

/** The findings by which each relation of the twin is told. */
const CODES: Readonly<Record<RelationName, string>> = {
  powerByFlow: 'VER_POWER_UNLIKE_FLOW',
  powerByGate: 'VER_POWER_UNLIKE_GATE',
  flowByGate: 'VER_FLOW_UNLIKE_GATE',
  energyByPower: 'VER_ENERGY_UNLIKE_POWER',
  headByFlow: 'VER_HEAD_UNLIKE_FLOW',
  headBySibling: 'VER_HEAD_UNLIKE_SIBLINGS',
};

/** The relations that the findings of a verdict doubt. */
export function doubtedRelations(findings: readonly Pick<Finding, 'code' | 'severity'>[]): RelationName[] {
  const codes = new Set(findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code));
  return RELATION_NAMES.filter((name) => codes.has(CODES[name]));
}
