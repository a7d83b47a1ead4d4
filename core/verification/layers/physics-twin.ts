import type { VerificationSettings } from '../settings.ts';
import { type Suspicion, show, showPercent, surenessOf, suspect } from '../suspicion.ts';
import { slackOf } from '../twin/flag-sigmas.ts';
import type { RelationName } from '../twin/observe.ts';
import type { TwinResidual, TwinView } from '../twin/unit-twin.ts';

/** What the hydraulic twin of the unit holds against the reading, and how near to its limits the reading comes. */
export interface TwinOpinion {
  readonly found: readonly Suspicion[];
  /** 0 at no residual at all, 1 at the limit of any relation; the square, for so the odds against chance grow. */
  readonly strain: number;
}

/** The relations in which a forger gains by being above, those in which either way is wrong, and how each is told. */
const WITNESSES = {
  powerByGate: {
    code: 'VER_POWER_UNLIKE_GATE',
    what: 'Power for this gate opening and head',
    action:
      'Compare the power display and the gate scale at the machine. More power from the same gate and head has no honest cause.',
  },
  powerByFlow: {
    code: 'VER_POWER_UNLIKE_FLOW',
    what: 'Power for this flow and head',
    action:
      'Compare flow meter, head sensor and power display with the unit. If one was recalibrated, train the model anew.',
  },
  flowByGate: {
    code: 'VER_FLOW_UNLIKE_GATE',
    what: 'Flow for this gate opening and head',
    action: 'Compare the flow meter with the gate scale. If the flow meter was recalibrated, train the model anew.',
  },
  energyByPower: {
    code: 'VER_ENERGY_UNLIKE_POWER',
    what: 'Energy for this mean power',
    action: 'Compare the meter display with the power display, and the meter ratio with its certificate.',
  },
  headByFlow: {
    code: 'VER_HEAD_UNLIKE_FLOW',
    what: 'Head for this flow, as a share of rated head,',
    action:
      'Compare the pressure sensor with its display and the pond level. If the pond is held higher now, train the model anew.',
  },
} as const satisfies Partial<Record<RelationName, { code: string; what: string; action: string }>>;

type Witness = keyof typeof WITNESSES;

export function askTwin(view: TwinView, { physics: limits }: VerificationSettings): TwinOpinion {
  const found: Suspicion[] = [];
  let strain = 0;
  for (const name of Object.keys(WITNESSES) as Witness[]) {
    const residual = view[name];
    if (residual === undefined) continue;
    const times = excessOf(name, residual, limits);
    strain = Math.max(strain, Math.min(1, Math.abs(residual.z) / limits.twinFlagSigmas, Math.max(0, times)) ** 2);
    if (times > 1) found.push(tell(name, residual, { times, severity: severityOf(name, residual, limits) }));
  }
  return { found, strain };
}

/** How many times over its limit a residual is: by its own spread, and by what no instrument is held to. */
function excessOf(name: Witness, { z, share }: TwinResidual, limits: VerificationSettings['physics']): number {
  // A head falls with the pond and with every leaf on the screen; only what lies above lets more power pass.
  if (name === 'headByFlow') return Math.min(z / limits.twinFlagSigmas, share / limits.twinHeadShareMin);
  const least = name === 'energyByPower' ? limits.twinEnergyShareMin : limits.twinShareMin;
  const slack = slackOf(name, share, limits);
  return Math.min(Math.abs(z) / (slack * limits.twinFlagSigmas), Math.abs(share) / (slack * least));
}

/** The power that the twin expects where it saw `residual` in `powerKw`, and the bounds beyond which it speaks, kW. */
export function withinTwinKw(
  powerKw: number,
  name: 'powerByFlow' | 'powerByGate',
  residual: TwinResidual,
  { physics: limits }: VerificationSettings,
): { expectedKw: number; lowKw: number; highKw: number } {
  const expectedKw = powerKw * Math.exp(-residual.share);
  // One unit of `excessOf` either way: the residual, in shares, at which it passes its limit.
  const shareAt = (direction: 1 | -1): number => {
    const share = direction * limits.twinShareMin;
    const z = share / residual.spread;
    return share / excessOf(name, { share, z, spread: residual.spread }, limits);
  };
  return {
    expectedKw,
    lowKw: expectedKw * Math.exp(shareAt(-1)),
    highKw: expectedKw * Math.exp(shareAt(1)),
  };
}

function severityOf(
  name: Witness,
  { z, share }: TwinResidual,
  limits: VerificationSettings['physics'],
): 'flag' | 'reject' {
  if (name === 'flowByGate' || name === 'headByFlow' || share < 0) return 'flag';
  return z > limits.twinRejectSigmas && share > limits.twinRejectShare ? 'reject' : 'flag';
}

function tell(name: Witness, residual: TwinResidual, of: { times: number; severity: 'flag' | 'reject' }): Suspicion {
  const { code, what, action } = WITNESSES[name];
  const direction = residual.share > 0 ? 'above' : 'below';
  return suspect('physics', of.severity, surenessOf(of.times), {
    code,
    message:
      `${what} is ${showPercent(Math.abs(name === 'headByFlow' ? residual.share : Math.expm1(residual.share)))} ${direction} what this unit has shown ` +
      `(${show(Math.abs(residual.z))} times its usual spread of ${showPercent(residual.spread)}).`,
    action,
    evidence: { relation: name, share: residual.share, spread: residual.spread, sigmas: residual.z },
  });
}
