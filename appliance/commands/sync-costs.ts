import { type CostsAnswer, plantCosts } from '../sync/plant-costs.ts';
import { type Call, CONFIG_OPTION, type Command, DATA_OPTION, JSON_OPTION } from './command.ts';
import { countNoun } from './count-noun.ts';
import { keptPlant, withStore } from './kept-plant.ts';
import type { Output } from './output.ts';

export const syncCosts: Command = {
  name: 'sync costs',
  summary: 'Show what the messages of this plant cost in a year, as they are sealed now and under each preset',
  options: { data: DATA_OPTION, config: CONFIG_OPTION, json: JSON_OPTION },
  notes: ['In USD, by the fee schedule in force (sync.hedera.fees); what an HBAR costs is not guessed.'],
  run: (call: Call) =>
    withStore(call, (store) => {
      const costs = plantCosts(keptPlant(store, call).config, store);
      if (call.flags.has('json')) call.output.json(costs);
      else tell(costs, call.output);
      return 0;
    }),
};

const USD_DIGITS = 2;
const MS_PER_MINUTE = 60_000;

function tell({ isPaid, fees, basis, inForce, presets }: CostsAnswer, output: Output): void {
  if (!isPaid) {
    output.line(
      'plant.yaml does not name Hedera, so the messages of this plant cost nothing. With Hedera they would cost:',
    );
  }
  const { intervalMs, units, messageBytes, batches } = basis;
  const measured =
    batches === 0
      ? 'the longest there is, as none was measured yet'
      : batches === 1
        ? 'of the one so far'
        : `the mean of ${batches} recent ones`;
  output.line(
    `${countNoun(units, 'unit')} every ${intervalMs / MS_PER_MINUTE} min; a message of ${messageBytes} bytes (${measured})`,
  );
  output.table(
    ['', 'preset', 'mode', 'every', 'messages/year', 'USD/year'],
    presets.map((cost) => rowOf(cost.preset === inForce.preset, cost.preset, cost)),
  );
  if (inForce.preset === null)
    output.line(
      `In force: ${inForce.mode} every ${inForce.every}, ${inForce.messagesPerYear} messages, ${usd(inForce.usdPerYear)} USD a year`,
    );
  const { messageUsd, includedBytes, byteUsd, source, asOf } = fees;
  output.line(`${messageUsd} USD a message with ${includedBytes} bytes, ${plain(byteUsd)} USD for each further byte`);
  output.line(`  by ${source}, as of ${asOf}`);
}

function rowOf(isInForce: boolean, name: string, cost: CostsAnswer['presets'][number]): string[] {
  const { mode, every, messagesPerYear, usdPerYear } = cost;
  const often = mode === 'direct' ? 'reading' : every;
  return [isInForce ? '*' : '', name, mode, often, String(messagesPerYear), usd(usdPerYear)];
}

/** Below a cent what is left of the amount still tells one preset from another. */
function usd(amount: number): string {
  return amount < 0.01 ? amount.toPrecision(2) : amount.toFixed(USD_DIGITS);
}

/** Without an exponent, which nobody reads on an invoice. */
function plain(amount: number): string {
  return amount.toFixed(12).replace(/0+$/, '').replace(/\.$/, '');
}
