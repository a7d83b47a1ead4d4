import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from './parse-config.ts';
import type { DriverDescription } from './parse-devices.ts';
import { decimalsOf, smallestWh, tokensSchema } from './token-schema.ts';

const any: DriverDescription = {
  origin: 'plant',
  schemas: { connection: z.looseObject({}), point: z.looseObject({}) },
};
const plant = readFileSync(new URL('../../tests/fixtures/plant.yaml', import.meta.url), 'utf8').replace(
  /^sync:[\s\S]*$/m,
  '',
);

function issuesOf(tokens: string, hedera = 'network: testnet'): readonly string[] {
  const text = `${plant}
sync:
  hedera:
    ${hedera}
    operatorId: 0.0.1001
    operatorKeyFile: hedera.key
    tokens: ${tokens}
`;
  const result = parseConfig(text, { drivers: new Map([['modbus-tcp', any]]), file: 'plant.yaml' });
  return result.kind === 'valid' ? [] : result.issues.map(({ message }) => message);
}

test('certificates of 1 MWh unless it says otherwise, and a fungible token down to 1 Wh', () => {
  expect(issuesOf('{ maxSupply: 1000 }')).toEqual([]);
  const nft = tokensSchema.parse({ maxSupply: 1000 });
  expect([nft.kind, nft.unit, nft.symbol, smallestWh(nft)]).toEqual(['nft', 'MWh', 'HREC', 1_000_000]);
  const amounts = [{}, { unit: 'kWh' }, { unit: 'Wh' }, { decimals: 0 }, { decimals: 2 }].map((more) =>
    tokensSchema.parse({ kind: 'fungible', maxSupply: 1000, ...more }),
  );
  expect(amounts.map((tokens) => [decimalsOf(tokens), smallestWh(tokens)])).toEqual([
    [6, 1],
    [3, 1],
    [0, 1],
    [0, 1_000_000],
    [2, 10_000],
  ]);
});

test.each([
  ['{}', /expected maxSupply/],
  ['{ maxSupply: 0 }', /at least 1 token/],
  ['{ maxSupply: 10, decimals: 2 }', /decimals belong to kind: fungible/],
  ['{ maxSupply: 10, kind: fungible, unit: kWh, decimals: 4 }', /0\.1 Wh/],
  ['{ maxSupply: 9007199254740991, kind: fungible }', /a smaller supply/],
  ['{ maxSupply: 10, tokenId: 0.0.6001-abcde }', /digits or the network is wrong/],
  ['{ maxSupply: 10, firstMonth: 2026-13 }', /a month such as/],
  ['{ maxSupply: 10, name: "" }', /a name of 1 to 100 bytes/],
  [`{ maxSupply: 10, name: "${'ä'.repeat(51)}" }`, /a name of 1 to 100 bytes/],
  ['{ maxSupply: 10, mainnet: false }', /mainnet: true/],
  ['{ maxSupply: 10, maxFeeHbar: 0 }', /more than 0 HBAR/],
  ['{ maxSupply: 10, price: 3 }', /not known/],
])('%s is told', (tokens, why) => {
  expect(issuesOf(tokens).join('\n')).toMatch(why);
});

test('the mainnet only with a word of its own, by its name or by its mirror', () => {
  const own = 'nodes: { "127.0.0.1:50211": 0.0.3 }\n    mirror: https://mainnet.mirrornode.hedera.com';
  for (const hedera of ['network: mainnet', own]) {
    expect(issuesOf('{ maxSupply: 10 }', hedera).join()).toMatch(/mainnet: true/);
    expect(issuesOf('{ maxSupply: 10, mainnet: true }', hedera)).toEqual([]);
  }
});
