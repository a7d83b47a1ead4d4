import type { MonthSums } from '../../core/ledger/month-closed.ts';

/** Figures of the whole plant that a month may give otherwise than it was closed. */
type PlantFigure = 'interfaceWh' | 'terminalsWh' | 'importWh' | 'creditedNetWh';

/** What the figures of a month are, in words, by their names in its entry. */
export const FIGURE_WORDS: Readonly<Record<keyof MonthSums | PlantFigure, string>> = {
  readings: 'readings',
  approved: 'readings approved by the checks',
  flagged: 'readings flagged',
  rejected: 'readings rejected by the checks',
  approvedWh: 'energy approved by the checks',
  flaggedWh: 'energy flagged',
  rejectedWh: 'energy rejected by the checks',
  counterWh: 'energy from meter registers',
  estimatedWh: 'energy estimated from power',
  reportedWh: 'energy as reported by a sender',
  personsApproved: 'readings approved by persons',
  personsApprovedWh: 'energy approved by persons',
  personsRejected: 'readings rejected by persons',
  personsRejectedWh: 'energy rejected by persons',
  waiting: 'readings left to decide',
  waitingWh: 'energy left to decide',
  creditedWh: 'energy credited',
  importWh: 'energy imported',
  meterWh: 'energy in entries of meters only',
  straddling: 'readings that began before the month',
  straddlingWh: 'energy of readings that began before the month',
  gaps: 'gaps',
  gapMs: 'time in gaps',
  gapUncreditedMs: 'time in gaps that no meter counted through',
  coveredMs: 'time covered by readings',
  interfaceWh: 'energy by the meter of the plant',
  terminalsWh: 'energy at the generator terminals',
  creditedNetWh: 'energy that may be claimed',
};
