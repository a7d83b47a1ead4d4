import { z } from 'zod';
import type { MonthClosed } from './month-closed.ts';

const text = z.string();
const count = z.int().min(0);
const energyWh = z.int();
const instant = z.iso.datetime();

const sums = {
  readings: count,
  approved: count,
  flagged: count,
  rejected: count,
  approvedWh: energyWh,
  flaggedWh: energyWh,
  rejectedWh: energyWh,
  counterWh: energyWh,
  estimatedWh: energyWh,
  reportedWh: energyWh,
  personsApproved: count,
  personsApprovedWh: count,
  personsRejected: count,
  personsRejectedWh: energyWh,
  waiting: count,
  waitingWh: energyWh,
  creditedWh: count,
  importWh: energyWh,
  meterWh: energyWh,
  straddling: count,
  straddlingWh: energyWh,
  gaps: count,
  gapMs: count,
  gapUncreditedMs: count,
  coveredMs: count,
};

const net = z.looseObject({
  basis: z.enum(['interface-meter', 'generator-terminals', 'mixed']),
  words: text,
  interfaceWh: energyWh,
  terminalsWh: energyWh,
  importWh: count,
  intervals: count,
  interfaceIntervals: count,
  silentIntervals: count,
  importIntervals: count,
});

/** The form of what closing a month writes, by version. */
export const MONTH_SCHEMAS = {
  1: z.looseObject({
    v: z.literal(1),
    month: z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/),
    timeZone: text,
    from: instant,
    to: instant,
    size: count,
    root: text,
    first: count,
    end: count,
    demo: z.boolean(),
    methodology: text.nullable(),
    net,
    creditedNetWh: count,
    units: z.array(z.looseObject({ unitId: text, ...sums })),
    total: z.looseObject(sums),
    previous: count.nullable(),
    corrects: count.nullable(),
    why: text.nullable(),
    left: z.array(text),
    by: text,
    account: text,
    role: text,
  }) satisfies z.ZodType<MonthClosed>,
};
