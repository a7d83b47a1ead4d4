import { countNoun } from '../commands/count-noun.ts';
import type { BatchAnswer, BatchDetail } from './batch-answer.ts';
import { receiptInWords } from './receipt-words.ts';

const WH_PER_KWH = 1000;
const DIGITS = 12;

/** One line about a batch, for lists. */
export function batchRow({ index, first, end, state, stated, receipts }: BatchAnswer): readonly string[] {
  const held = receipts.map(({ target }) => target).join(' ');
  return [String(index), `${first}-${end - 1}`, stated?.from ?? '', stated?.to ?? '', state, held];
}

/** A batch with everything that is known of it, in lines. */
export function batchInWords(batch: BatchDetail): readonly string[] {
  const { index, first, end, readings, stated, id, messageBytes, state, decisions, deliveries } = batch;
  const span = stated === null ? '' : spanInWords(stated);
  return [
    `Batch ${index}: ${state}. Entries ${first} to ${end - 1} with ${countNoun(readings, 'reading')}${span}`,
    ...(stated === null ? [] : [`  ${sumsInWords(stated)}`]),
    `  message ${id.slice(0, DIGITS)}..., ${messageBytes} bytes, under the checkpoint over ${batch.size} entries`,
    ...decisions.map((made) => `  decision of entry ${made.index}: ${made.decision} reading ${made.readingIndex}`),
    ...deliveries.flatMap(deliveryInWords),
  ];
}

function spanInWords({ forebay, from, to }: NonNullable<BatchAnswer['stated']>): string {
  if (from === null || to === null) return '';
  return forebay === 1 ? `, sealed for ${from} to ${to}` : `, ${from} to ${to}`;
}

function sumsInWords({
  approved,
  flagged,
  rejected,
  creditedWh,
  reviewedWh,
}: NonNullable<BatchAnswer['stated']>): string {
  const reviewed = reviewedWh === 0 ? '' : `, and ${kwh(reviewedWh)} by decisions on earlier readings`;
  return `${approved} approved, ${flagged} flagged, ${rejected} rejected; ${kwh(creditedWh)} credited${reviewed}`;
}

function kwh(wh: number): string {
  return `${(wh / WH_PER_KWH).toFixed(3)} kWh`;
}

function deliveryInWords({
  target,
  state,
  withBatch,
  receiptIndex,
  receipt,
  fault,
}: BatchDetail['deliveries'][number]): string[] {
  const along = withBatch === null ? '' : `, with batch ${withBatch}`;
  const said = receiptIndex === null ? '' : `, receipt in entry ${receiptIndex}`;
  const reason =
    fault === null ? [] : [`    ${fault.code}: ${fault.message}${fault.hint === null ? '' : ` (${fault.hint})`}`];
  const facts = receipt === null ? [] : receiptInWords(receipt).map((line) => `    ${line}`);
  return [`  ${target}: ${stateInWords(state, fault !== null)}${along}${said}`, ...reason, ...facts];
}

const STATES = {
  waiting: 'waits',
  sending: 'being tried',
  unknown: 'may have arrived, the target is asked',
  delivered: 'delivered',
  parked: 'parked, a person must decide',
  'not-given': 'does not hold it: it was no target when this was sealed',
} as const;

/** Whether it reaches the target shows only afterwards: what failed once is being tried again, not being sent. */
function stateInWords(state: keyof typeof STATES, hasFailed: boolean): string {
  if (!hasFailed) return STATES[state];
  if (state === 'sending') return 'being tried again';
  return state === 'waiting' ? 'waits for the next try' : STATES[state];
}
