import { hash } from 'node:crypto';
import { Failure } from '../model/failure.ts';
import type { JsonObject } from '../model/json.ts';
import { findSecrets } from './find-secrets.ts';
import type { PlantConfig } from './plant.ts';

/**
 * Body of the ledger's `configuration` entry: plant.yaml as it stands, its SHA-256 over the UTF-8 bytes in hex, and
 * whose it is.
 *
 * @throws Failure `CFG_SECRET` when the text holds what looks like a secret: an entry can never be removed again.
 */
export function configurationBody(text: string, config: PlantConfig): JsonObject {
  const [secret] = findSecrets(text);
  if (secret !== undefined) {
    throw new Failure('CFG_SECRET', `Line ${secret.line} of the configuration holds what looks like ${secret.kind}.`, {
      hint: 'put it into a file that only its owner can read and name that file instead',
      exitCode: 2,
    });
  }
  return { plantId: config.plant.id, sha256: hash('sha256', text, 'hex'), text };
}
