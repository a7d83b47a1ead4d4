/**
 * The reference receiver by hand: `npm run -s hub -- --folder DIR --plant VKEY [--port 8750] [--token TEXT]
 * [--cert FILE --key FILE [--client-ca FILE]]`. Prints what belongs into plant.yaml, and runs until it is ended.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HubKey } from './hub-key.ts';
import { HubServer } from './hub-server.ts';
import { readKey } from './plant-key.ts';

const USAGE =
  'usage: npm run -s hub -- --folder DIR --plant VERIFIER_KEY [--plant ANOTHER] [--port N] [--name TEXT] [--token TEXT] [--cert FILE --key FILE [--client-ca FILE]]\n';
const HELP = `
A hub on this computer for a person or a demonstration, until Ctrl-C. It keeps in DIR what the plants send, and prints what
belongs into plant.yaml. VERIFIER_KEY is what "forebay key show" prints of the plant. --token is asked of whoever sends.
`;

const { values } = readOptions(() =>
  parseArgs({
    options: {
      folder: { type: 'string' },
      plant: { type: 'string', multiple: true },
      port: { type: 'string', default: '8750' },
      name: { type: 'string', default: 'hub.example/demo' },
      token: { type: 'string' },
      cert: { type: 'string' },
      key: { type: 'string' },
      'client-ca': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }),
);
if (values.help) {
  process.stdout.write(`${USAGE}${HELP}`);
  process.exit(0);
}
const { folder, plant, port, name, token, cert, key: keyFile, 'client-ca': clientCa } = values;
if (folder === undefined || plant === undefined) tellUsage();
for (const text of plant) {
  if (readKey(text) === undefined) {
    process.stderr.write(`"${text}" is no verifier key of a plant\n`);
    tellUsage();
  }
}
mkdirSync(folder, { recursive: true });
const key = HubKey.kept(name, join(folder, 'hub.key'));
const client =
  clientCa === undefined ? {} : { ca: readFileSync(clientCa), requestCert: true, rejectUnauthorized: true };
const hub = await HubServer.start({
  folder,
  key,
  plants: plant,
  port: Number(port),
  ...(token === undefined ? {} : { token }),
  ...(cert === undefined || keyFile === undefined
    ? {}
    : { tls: { cert: readFileSync(cert), key: readFileSync(keyFile), ...client } }),
});
process.stdout.write(`sync:\n  hub:\n    url: ${hub.url}\n    publicKey: ${key.publicText}\n`);

function readOptions<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    process.stderr.write(`${(error as Error).message.split('. ')[0] ?? ''}\n`);
    return tellUsage();
  }
}

function tellUsage(): never {
  process.stderr.write(USAGE);
  process.exit(2);
}
