import type { Sample } from '../../core/acquisition/sample.ts';
import type { UnitConfig } from '../../core/config/plant.ts';
import { QUANTITIES, type Quantity, unitFactor } from '../../core/model/quantity.ts';

/** Density of water at 10 degrees Celsius in kg/m3 (IAPWS R6-95) times standard gravity in m/s2 (ISO 80000-3), in kW. */
const WATER_KW_PER_M4S = (999.7 * 9.80665) / 1000;
const EFFICIENCY_MIN = 0.4;
const EFFICIENCY_MAX = 1;
/** Above this share of its rating no turbine runs; a value beyond it is in another unit or another register. */
const OVERLOAD_MAX = 1.3;
/** Below this share of its rating the water drives nothing, and its efficiency says nothing. */
const IDLE_SHARE = 0.1;
/** kW for MW or W is out by this, give or take what efficiency and load explain. */
const THOUSAND_MIN = 300;
const THOUSAND_MAX = 3000;

/** What the values of a unit say of its set-up, as sentences; empty when nothing speaks against it. */
export function checkUnit(unit: UnitConfig, samples: ReadonlyMap<string, Sample>): string[] {
  const flow = signalValue(unit, 'flow', samples);
  const head = signalValue(unit, 'head', samples);
  const power = signalValue(unit, 'power', samples);
  const findings: string[] = [];
  for (const [quantity, value, rated] of [
    ['flow', flow, unit.ratedFlowM3s],
    ['head', head, unit.ratedHeadM],
    ['power', power, unit.ratedPowerKw],
  ] as const) {
    if (value === undefined || Math.abs(value) <= rated * OVERLOAD_MAX) continue;
    const { unit: name } = QUANTITIES[quantity];
    findings.push(
      `${quantity} is ${show(value)} ${name}, and the unit is rated ${show(rated)} ${name}: check its unit, scale and address.`,
    );
  }
  if (flow === undefined || head === undefined || power === undefined) return findings;
  const waterKw = WATER_KW_PER_M4S * flow * head;
  if (flow < unit.ratedFlowM3s * IDLE_SHARE || waterKw <= 0) return findings;
  const efficiency = power / waterKw;
  const percent = `${(efficiency * 100).toFixed(1)} %`;
  if (efficiency >= EFFICIENCY_MIN && efficiency <= EFFICIENCY_MAX) return findings;
  const usual = 0.87 / efficiency;
  const cause =
    usual > THOUSAND_MIN && usual < THOUSAND_MAX
      ? otherUnit(unit, samples, 1)
      : 1 / usual > THOUSAND_MIN && 1 / usual < THOUSAND_MAX
        ? otherUnit(unit, samples, -1)
        : efficiency < 0
          ? 'the power has the other sign: the meter counts generation as negative'
          : 'one of the three is another value, has another scale, or another unit runs on this water';
  findings.push(`power is ${percent} of rho g Q H (${show(waterKw)} kW of water): ${cause}.`);
  return findings;
}

/** Each a thousand times the one before it. */
const POWER_UNITS = ['W', 'kW', 'MW'];

/** Names the unit that would fit in place of the one that plant.yaml has: `up` is 1 for the larger, -1 for the smaller. */
function otherUnit({ signals }: UnitConfig, samples: ReadonlyMap<string, Sample>, up: 1 | -1): string {
  const point = signals.power ?? '';
  const written = samples.get(point)?.unit ?? '';
  const fitting = POWER_UNITS[POWER_UNITS.indexOf(written) + up];
  if (!POWER_UNITS.includes(written) || fitting === undefined)
    return `${point} is about a thousand times too ${up === 1 ? 'small' : 'large'}: check its scale`;
  return `${point} is written as ${written}; ${fitting} would fit`;
}

/** Power as a share of the water's, for a person; undefined where one of the three is missing or the unit stands. */
export function efficiencyOf(unit: UnitConfig, samples: ReadonlyMap<string, Sample>): number | undefined {
  const [flow, head, power] = (['flow', 'head', 'power'] as const).map((quantity) =>
    signalValue(unit, quantity, samples),
  );
  if (flow === undefined || head === undefined || power === undefined || flow * head <= 0) return undefined;
  return power / (WATER_KW_PER_M4S * flow * head);
}

function signalValue(unit: UnitConfig, quantity: Quantity, samples: ReadonlyMap<string, Sample>): number | undefined {
  const sample = samples.get(unit.signals[quantity] ?? '');
  if (sample === undefined || typeof sample.value !== 'number') return undefined;
  const factor = unitFactor(sample.unit, QUANTITIES[quantity].unit);
  return factor === undefined ? undefined : sample.value * factor;
}

function show(value: number): string {
  return String(Number(value.toPrecision(5)));
}
