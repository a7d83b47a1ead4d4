import type { Registry } from 'prom-client';
import { counter, gauge } from '../metric-figures.ts';

/** What of certificates is counted, on the network of plant.yaml. */
export interface TokenFigures {
  readonly network: string;
  readonly energyWh: number;
  readonly mints: number;
  /** Smallest amounts that are approved and not minted. */
  readonly approvedUnits: number;
  /** Why nothing is minted though it is approved; undefined while it is, or nothing is. */
  readonly faultCode: string | undefined;
}

/** Figures of certificates; absent where plant.yaml says nothing of them. */
export function tokenFigures(registry: Registry): (figures: TokenFigures | undefined) => void {
  const energy = counter(
    registry,
    'tokens_minted_energy_watt_hours_total',
    'Energy that certificates were minted for',
    ['network'],
  );
  const mints = counter(registry, 'tokens_mints_total', 'Mints that the mirror confirmed', ['network']);
  const approved = gauge(registry, 'tokens_approved_units', 'Approved by two persons and not minted yet', ['network']);
  const fault = gauge(registry, 'tokens_fault', '1 for the code of what keeps an approved mint back', ['code']);
  return (figures) => {
    for (const figure of [energy, mints, approved, fault]) figure.reset();
    if (figures === undefined) return;
    const { network, energyWh, approvedUnits, faultCode } = figures;
    energy.inc({ network }, energyWh);
    mints.inc({ network }, figures.mints);
    approved.set({ network }, approvedUnits);
    if (faultCode !== undefined) fault.set({ code: faultCode }, 1);
  };
}
