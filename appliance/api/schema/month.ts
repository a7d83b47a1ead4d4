import { z } from 'zod';
import { LEAVES } from '../../../core/carbon/obstacles.ts';
import { MONTH_NAME } from '../../../core/model/local-time.ts';
import { REASON_LENGTH_MAX } from '../../../core/verification/review-rules.ts';

const instant = z.iso.datetime();
const count = z.number().int();
const energyWh = z.number().int();

const sums = {
  readings: count,
  approved: count.describe('By what the checks said, as flagged and rejected'),
  flagged: count,
  rejected: count,
  approvedWh: energyWh,
  flaggedWh: energyWh,
  rejectedWh: energyWh,
  counterWh: energyWh.describe('The same energy by where it comes from; only this can be credited'),
  estimatedWh: energyWh,
  reportedWh: energyWh,
  personsApproved: count,
  personsApprovedWh: energyWh,
  personsRejected: count,
  personsRejectedWh: energyWh,
  waiting: count.describe('Readings that a person has still to decide on; nothing of them is credited'),
  waitingWh: energyWh,
  creditedWh: energyWh.describe('By the rules of credit, before imports are taken off'),
  importWh: energyWh,
  meterWh: energyWh.describe('Energy of entries of meters that stands in no reading; never credited'),
  straddling: count.describe('Readings that began before the month; each is of the month in which it ends'),
  straddlingWh: energyWh,
  gaps: count,
  gapMs: count,
  gapUncreditedMs: count,
  coveredMs: count,
};

const netSchema = z
  .object({
    basis: z.enum(['interface-meter', 'generator-terminals', 'mixed']),
    words: z.string(),
    interfaceWh: energyWh,
    terminalsWh: energyWh,
    importWh: energyWh,
    intervals: count,
    interfaceIntervals: count,
    silentIntervals: count,
    importIntervals: count,
  })
  .meta({ id: 'NetEnergy' });

const figures = {
  demo: z.boolean().describe('Demonstration data: nothing is credited'),
  net: netSchema,
  creditedNetWh: energyWh.describe('What may be claimed: credited and net of imports'),
  units: z.array(z.object({ unitId: z.string(), ...sums }).meta({ id: 'UnitMonth' })),
  total: z.object(sums).meta({ id: 'MonthTotal' }),
};

const closeSchema = z
  .object({
    index: count.describe('Of the entry in the ledger'),
    at: instant,
    size: count.describe('The figures are those of the entries below this'),
    root: z.string(),
    ...figures,
    previous: count.nullable(),
    corrects: count.nullable().describe('The close of the same month in whose place this one stands'),
    why: z.string().nullable(),
    left: z.array(z.string()).describe('Codes of what stood in the way and was left without credit'),
    by: z.string(),
  })
  .meta({ id: 'MonthClose' });

const share = z.number().min(0).max(1);

const coverSchema = z
  .object({
    ofMs: z.number().int().describe('Length of the month, or of what has passed of it'),
    leastShare: share.describe('Covered by the readings of the unit that has least of it'),
    mostShare: share.describe('Covered by the readings of the unit that has most of it'),
    units: z.array(z.object({ unitId: z.string(), coveredMs: count.describe('Length of its readings') })),
    missing: z
      .array(
        z.object({
          unitIds: z.array(z.string()),
          kind: z
            .enum(['before-first', 'before', 'after', 'all'])
            .describe(
              'before-first, before, after: no reading before or after at; before-first: nor in any earlier month, so that time counts nothing; all: no reading of the month',
            ),
          at: instant.nullable(),
        }),
      )
      .describe('Parts of the month, an interval or longer, at its begin and end, of which units have no reading'),
  })
  .meta({ id: 'MonthCover' });

const monthSchema = z
  .object({
    month: z.string(),
    from: instant,
    to: instant,
    state: z
      .enum(['running', 'open', 'closed', 'empty'])
      .describe('running: not over yet; open: nobody closed it; empty: no reading ends in it'),
    readings: count,
    cover: coverSchema.describe('Which part of the month readings cover: as it was closed, or else now'),
    closed: closeSchema.nullable().describe('The close in force'),
    late: z
      .object({ readings: count, reviews: count })
      .nullable()
      .describe('What came to the ledger since the close in force; null where there is none'),
  })
  .meta({ id: 'Month' });

export const monthListSchema = z
  .object({ timeZone: z.string(), items: z.array(monthSchema).describe('Newest first') })
  .meta({ id: 'MonthList' });

export const monthDetailSchema = monthSchema
  .extend({
    timeZone: z.string(),
    size: count.describe('Of the ledger as of which the figures are'),
    now: z
      .object(figures)
      .nullable()
      .describe('What the entries come to now; null where they do not hold, or there are none'),
    obstacles: z
      .array(
        z.object({
          code: z.string(),
          message: z.string(),
          hint: z.string(),
          leave: z.enum(LEAVES).nullable().describe('What it takes to close the month in spite of it'),
        }),
      )
      .describe('All that stands in the way of closing the month, or of correcting it once it is closed'),
    closes: z.array(closeSchema).describe('All of the month, the one in force last'),
    changes: z
      .array(z.object({ unitId: z.string().optional(), name: z.string(), closed: z.number(), now: z.number() }))
      .describe('Figures that the entries give otherwise now than they were closed; without unitId of the plant'),
    netChangeWh: energyWh.nullable().describe('Credited net energy now less as closed; null while nothing is closed'),
  })
  .meta({ id: 'MonthDetail' });

export const monthParamsSchema = z.object({ month: z.string().regex(MONTH_NAME).describe('Such as 2026-10') });

export const monthQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(240).default(36).describe('How many months, the running one included'),
});

export const monthCloseRequestSchema = z
  .object({
    leave: z.array(z.enum(LEAVES)).max(LEAVES.length).default([]).describe('What is left without credit'),
    why: z.string().min(1).max(REASON_LENGTH_MAX).optional().describe('Corrects an earlier close, and why'),
    seenNetWh: energyWh
      .optional()
      .describe('The credited net energy that the person was shown; another one now is a conflict'),
  })
  .strict();
