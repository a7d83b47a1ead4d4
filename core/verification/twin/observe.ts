import type { Reading } from '../../acquisition/reading.ts';
import type { UnitConfig } from '../../config/plant.ts';
import { hydraulicPowerKw } from '../hydraulics.ts';
import type { Sibling } from '../layer.ts';
import { energySpanOf, meanPowerKwOf } from '../measures.ts';
import type { VerificationSettings } from '../settings.ts';
import type { RelationShape } from './relation.ts';

/**
 * The relations by which one quantity of a unit witnesses another. Each compares what is claimed with something that
 * whoever claims it would have to forge too. Where no power was measured, it is what the energy amounts to:
 *
 * - `powerByFlow`: ln(P / rho g Q H), the efficiency, by the share of rated flow (IEC 60041, 2.3.8)
 * - `powerByGate`: ln(P / Pr) less 1.5 ln(H / Hr), by gate opening: flow goes with the root of the head, power with both
 * - `flowByGate`: ln(Q / Qr) less 0.5 ln(H / Hr), by gate opening
 * - `energyByPower`: ln(E / P t), by the share of rated power: the meter against the transducer
 * - `headByFlow`: H / Hr, by the flow of all units on the intake as a share of this unit's rated flow
 * - `headBySibling`: (H - H of the others) / Hr, by the difference of the squares of their shares of rated flow
 */
export const RELATION_SHAPES = {
  powerByFlow: { from: 0, to: 1.3, bins: 26, spreadMin: 0.002, spreadBeyond: 0.5 },
  powerByGate: { from: 0, to: 112, bins: 28, spreadMin: 0.0015, spreadBeyond: 0.02 },
  flowByGate: { from: 0, to: 112, bins: 28, spreadMin: 0.002, spreadBeyond: 0.02 },
  energyByPower: { from: 0, to: 1.3, bins: 13, spreadMin: 0.001, spreadBeyond: 0.05 },
  headByFlow: { from: 0, to: 4, bins: 32, spreadMin: 0.002, spreadBeyond: 0.05 },
  headBySibling: { from: -1.6, to: 1.6, bins: 16, spreadMin: 0.001, spreadBeyond: 0.02 },
} as const satisfies Record<string, RelationShape>;

export type RelationName = keyof typeof RELATION_SHAPES;
export const RELATION_NAMES = Object.keys(RELATION_SHAPES) as RelationName[];

/** How a relation is called in sentences. */
export const RELATION_LABELS: Readonly<Record<RelationName, string>> = {
  powerByFlow: 'power for the flow',
  powerByGate: 'power for the gate',
  flowByGate: 'flow for the gate',
  energyByPower: 'energy for the power',
  headByFlow: 'head for the flow of the plant',
  headBySibling: "head against the other units'",
};

export interface Observation {
  readonly x: number;
  readonly y: number;
}

export type Observations = Readonly<Partial<Record<RelationName, Observation>>>;

/** Below these shares of the ratings noise and leakage speak louder than the machine. */
const POWER_SHARE_MIN = 0.05;
const FLOW_SHARE_MIN = 0.05;
const HEAD_SHARE_MIN = 0.1;
const GATE_PERCENT_MIN = 3;

/** What the reading shows of each relation; nothing of a unit at rest, and nothing that would need a missing value. */
export function observe(
  reading: Reading,
  unit: UnitConfig,
  siblings: readonly Sibling[],
  settings: VerificationSettings,
): Observations {
  const powerKw = meanPowerKwOf(reading);
  const headM = reading.headM?.mean;
  const flowM3s = reading.flowM3s?.mean;
  const gate = reading.gatePercent?.mean;
  const found: Partial<Record<RelationName, Observation>> = {};
  if (powerKw === undefined || powerKw < POWER_SHARE_MIN * unit.ratedPowerKw) return found;
  const power = Math.log(powerKw / unit.ratedPowerKw);
  const span = reading.powerKw === undefined ? undefined : energySpanOf(reading);
  if (span !== undefined && span.energyKwh > 0) {
    found.energyByPower = { x: powerKw / unit.ratedPowerKw, y: Math.log(span.meanPowerKw / powerKw) };
  }
  if (headM === undefined || headM < HEAD_SHARE_MIN * unit.ratedHeadM) return found;
  const head = Math.log(headM / unit.ratedHeadM);
  const hasFlow = flowM3s !== undefined && flowM3s > FLOW_SHARE_MIN * unit.ratedFlowM3s;
  if (hasFlow) {
    const waterKw = hydraulicPowerKw(flowM3s, headM, settings.water);
    found.powerByFlow = { x: flowM3s / unit.ratedFlowM3s, y: Math.log(powerKw / waterKw) };
  }
  if (gate !== undefined && gate > GATE_PERCENT_MIN) {
    found.powerByGate = { x: gate, y: power - 1.5 * head };
    if (hasFlow) found.flowByGate = { x: gate, y: Math.log(flowM3s / unit.ratedFlowM3s) - 0.5 * head };
  }
  observeHead(found, { reading, unit, headM }, siblings);
  return found;
}

function observeHead(
  found: Partial<Record<RelationName, Observation>>,
  of: { reading: Reading; unit: UnitConfig; headM: number },
  siblings: readonly Sibling[],
): void {
  const { reading, unit, headM } = of;
  const own = (reading.flowM3s?.mean ?? 0) / unit.ratedFlowM3s;
  const shared = unit.intake === 'shared' ? siblings.filter((sibling) => sibling.unit.intake === 'shared') : [];
  const flows = shared.map((sibling) => (sibling.reading.flowM3s?.mean ?? 0) / unit.ratedFlowM3s);
  if (reading.flowM3s !== undefined) {
    const total = flows.reduce((sum, flow) => sum + Math.max(0, flow), own);
    found.headByFlow = { x: total, y: headM / unit.ratedHeadM };
  }
  // The head of a unit at rest is that of still water; it says nothing of losses.
  const running = shared.filter(
    ({ reading: { flowM3s } }) => (flowM3s?.mean ?? 0) > FLOW_SHARE_MIN * unit.ratedFlowM3s,
  );
  const heads = running.flatMap((sibling) => (sibling.reading.headM === undefined ? [] : [sibling.reading.headM.mean]));
  const [other] = heads.toSorted((a, b) => a - b).slice(heads.length >>> 1);
  if (other === undefined) return;
  const othersFlow = Math.max(0, ...flows);
  found.headBySibling = { x: own * own - othersFlow * othersFlow, y: (headM - other) / unit.ratedHeadM };
}
