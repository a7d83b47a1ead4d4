import type { Turbine } from '../config/plant.ts';

/** What the curve asks of a turbine's plate. */
export interface TurbinePlate {
  readonly turbine: Turbine;
  readonly ratedFlowM3s: number;
  readonly ratedHeadM: number;
}

/** Manufacture and design coefficient that RETScreen gives when nothing is known of the maker (2.8 to 6.1). */
const DESIGN_COEFFICIENT = 4.5;
/** plant.yaml names no number of jets; from one to six they move the curve by less than it is trusted. */
const PELTON_JETS = 2;
/** Below this flow the runner's coefficient is the larger one. */
const SMALL_RUNNER_M3S = 23;

/**
 * Efficiency 0..1 of the turbine alone at a flow, by the RETScreen small hydro model (CANMET, 2004), which knows size and
 * head. Above the design flow it is that of the design flow, since the model says nothing of it. Undefined where the
 * turbine is outside of what the model was made for, and would be better than any machine is.
 */
export function retscreenEfficiency(plate: TurbinePlate, flowM3s: number, jets = PELTON_JETS): number | undefined {
  const flow = Math.max(0, Math.min(flowM3s, plate.ratedFlowM3s));
  const efficiency = CURVES[plate.turbine](plate, flow, jets);
  return efficiency <= EFFICIENCY_MAX ? Math.max(0, efficiency) : undefined;
}

const EFFICIENCY_MAX = 0.97;

type Curve = (plate: TurbinePlate, flowM3s: number, jets: number) => number;

const CURVES: Readonly<Record<Turbine, Curve>> = {
  francis: ({ ratedFlowM3s, ratedHeadM }, flow) => {
    const speed = 600 * ratedHeadM ** -0.5;
    const bySpeed = ((speed - 56) / 256) ** 2;
    const bySize = (0.081 + bySpeed) * sizeFactor(ratedFlowM3s);
    const peak = 0.919 - bySpeed + bySize - 0.0305 + 0.005 * DESIGN_COEFFICIENT;
    const peakFlow = 0.65 * ratedFlowM3s * speed ** 0.05;
    const steepness = 3.94 - 0.0195 * speed;
    // A Francis turbine for a head that low is none that the model knows.
    if (steepness < 1) return Number.NaN;
    if (flow < peakFlow) return (1 - 1.25 * ((peakFlow - flow) / peakFlow) ** steepness) * peak;
    const atFullLoad = (1 - 0.0072 * speed ** 0.4) * peak;
    if (ratedFlowM3s <= peakFlow) return peak;
    return peak - ((flow - peakFlow) / (ratedFlowM3s - peakFlow)) ** 2 * (peak - atFullLoad);
  },
  kaplan: (plate, flow) => {
    const peakFlow = 0.75 * plate.ratedFlowM3s;
    return (1 - 3.5 * ((peakFlow - flow) / peakFlow) ** 6) * axialPeak(plate);
  },
  propeller: (plate, flow) => {
    const { ratedFlowM3s } = plate;
    return (1 - 1.25 * ((ratedFlowM3s - flow) / ratedFlowM3s) ** 1.13) * axialPeak(plate);
  },
  pelton: ({ ratedFlowM3s, ratedHeadM }, flow, jets) => {
    const speed = 31 * ((ratedHeadM * ratedFlowM3s) / jets) ** 0.5;
    const diameter = (49.4 * ratedHeadM ** 0.5 * jets ** 0.02) / speed;
    const peak = 0.864 * diameter ** 0.04;
    const peakFlow = (0.662 + 0.001 * jets) * ratedFlowM3s;
    const distance = Math.abs((peakFlow - flow) / peakFlow);
    return (1 - (1.31 + 0.025 * jets) * distance ** (5.6 + 0.4 * jets)) * peak;
  },
  crossflow: ({ ratedFlowM3s }, flow) => {
    const below = (ratedFlowM3s - flow) / ratedFlowM3s;
    return 0.79 - 0.15 * below - 1.37 * below ** 14;
  },
};

function axialPeak({ ratedFlowM3s, ratedHeadM }: TurbinePlate): number {
  const speed = 800 * ratedHeadM ** -0.5;
  const bySpeed = ((speed - 170) / 700) ** 2;
  const bySize = (0.095 + bySpeed) * sizeFactor(ratedFlowM3s);
  return 0.905 - bySpeed + bySize - 0.0305 + 0.005 * DESIGN_COEFFICIENT;
}

/** By the runner's throat diameter d = k Qd^0.473, metres. */
function sizeFactor(ratedFlowM3s: number): number {
  const diameterM = (ratedFlowM3s <= SMALL_RUNNER_M3S ? 0.46 : 0.41) * ratedFlowM3s ** 0.473;
  return 1 - 0.789 * diameterM ** -0.2;
}
