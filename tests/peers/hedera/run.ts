/** Runs a Hedera network for a person or a demonstration, until Ctrl-C: `npm run -s hedera -- --faults 0.1`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FAULTS } from './fault-script.ts';
import { type HederaNetwork, startHederaNetwork } from './hedera-network.ts';
import { newOperatorKey, type OperatorKey } from './operator-key.ts';

const OPERATOR_ID = '0.0.1001';
/** In the folder that git leaves alone, where the demonstration is kept as well. */
const KEY_FILE = '.demo/hedera.key';

const HELP = `npm run -s hedera -- [--seed N] [--faults P] [--nodes N] [--key FILE] [--mirror-delay MS] [--consensus-delay MS] [--mirror-port PORT]

Consensus nodes and a mirror on this computer. P is the probability of each fault, 0 unless said.
The private key of account ${OPERATOR_ID} is written to FILE (${KEY_FILE}, unless said), new at each start.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      faults: { type: 'string', default: '0' },
      nodes: { type: 'string', default: '4' },
      key: { type: 'string', default: KEY_FILE },
      'mirror-delay': { type: 'string', default: '3000' },
      'consensus-delay': { type: 'string', default: '2000' },
      'mirror-port': { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const key = newOperatorKey();
  const network = await startHederaNetwork({
    seed: numberOf('seed', values.seed),
    faults: numberOf('faults', values.faults),
    nodes: numberOf('nodes', values.nodes),
    operator: { id: OPERATOR_ID, publicKey: key.publicKey },
    consensusDelayMs: numberOf('consensus-delay', values['consensus-delay']),
    mirrorDelayMs: numberOf('mirror-delay', values['mirror-delay']),
    blockMs: 2000,
    ports: { nodes: [], mirror: numberOf('mirror-port', values['mirror-port']) },
  });
  const keyFile = resolve(values.key);
  writeKey(keyFile, key);
  process.stdout.write(snippet(network, keyFile));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end(network));
}

function numberOf(name: string, text: string): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} must be a number from 0 on, not "${text}"`);
}

/** Readable by its owner only, in the form in which Hedera's portal gives private keys: DER in hexadecimal. */
function writeKey(path: string, { privateKey }: OperatorKey): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  writeFileSync(path, `${der.toString('hex')}\n`, { mode: 0o600 });
}

function snippet(network: HederaNetwork, keyFile: string): string {
  const nodes = Object.entries(network.nodes).map(([address, id]) => `      "${address}": ${id}`);
  return `# ${nodes.length} nodes and a mirror; account ${OPERATOR_ID} holds 1000 hbar. Ctrl-C ends them.
sync:
  hedera:
    nodes:
${nodes.join('\n')}
    mirror: ${network.mirrorUrl}
    operatorId: ${OPERATOR_ID}
    operatorKeyFile: ${keyFile}
    anchor: { mode: direct, every: 5m }
`;
}

async function end(network: HederaNetwork): Promise<void> {
  const messages = [...network.topics.values()].map(({ id, messages: all }) => `topic ${id}: ${all.length} messages`);
  const happened = FAULTS.filter((fault) => network.faults.count(fault) > 0);
  const faults = happened.map((fault) => `${fault}: ${network.faults.count(fault)} times`);
  process.stdout.write(`${[...messages, ...faults].join('\n')}\n`);
  await network.stop();
}

await main();
