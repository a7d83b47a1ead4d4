import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { nodeMachine } from '../../appliance/bundle/node-machine.ts';
import { toHex } from '../../core/evidence/bytes.ts';
import { dataToSign } from '../../core/evidence/data-integrity.ts';
import { fromMultibase, keyOfDid, toMultibase } from '../../core/evidence/did-key.ts';
import { verifyBundle } from '../../core/evidence/verify-bundle.ts';
import { deviceKeyFromSeed } from '../../core/ledger/device-key.ts';
import { sourceOf } from '../fixtures/forged-bundle.ts';
import vector from './eddsa-jcs-2022.json' with { type: 'json' };

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** A bundle of version 1 with everything that it may hold, and its device's key: every later verifier accepts it. */
const BUNDLE = at('./evidence-1.zip');
const KEY = 'forebay/HP-EVAL/416030d4+c147169b+AQnVkAulKa5hfxCag59WUhc3SnY0w/yd3DuERTmO1GUe';
const SHA256 = 'aa9ecd4941481fb4814a7cc177ddc0395b6c6bdd658bdb02e5b6bc680046bf93';

test('eddsa-jcs-2022: hashes, signature and key of the W3C vector', async () => {
  const { document, options, proofHashHex, documentHashHex, proofValue, publicKeyMultibase, seedHex } = vector;
  const data = dataToSign(nodeMachine.sha256, document, options);
  expect(toHex(data)).toBe(proofHashHex + documentHashHex);
  const key = deviceKeyFromSeed(Buffer.from(seedHex, 'hex'), 'HP-001');
  expect(toMultibase(key.sign(data))).toBe(proofValue);
  const publicKey = keyOfDid(`did:key:${publicKeyMultibase}`) ?? new Uint8Array(0);
  expect(Buffer.from(publicKey).equals(key.publicKey)).toBe(true);
  const signature = fromMultibase(proofValue) ?? new Uint8Array(0);
  expect(await nodeMachine.isSigned(publicKey, data, signature)).toBe(true);
});

test('a bundle of version 1 stays valid, for us and for the second verifier', async () => {
  const bytes = readFileSync(BUNDLE);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(SHA256);
  const report = await verifyBundle(sourceOf(bytes), nodeMachine, { keys: [KEY] });
  expect(report).toMatchObject({
    outcome: 'valid',
    facts: { keysGiven: 1, reportCompared: true, counts: { readings: 12 }, samples: { blocks: 12, gone: 0 } },
  });
  const second = spawnSync('/usr/bin/python3', [at('../peers/verify_figures.py'), BUNDLE], { encoding: 'utf8' });
  expect(second.stdout).toBe('valid\n');
});

/** The same of version 2, with decisions of persons, and raw samples that were deleted by rule and otherwise. */
const SECOND = {
  path: at('./evidence-2.zip'),
  key: 'forebay/HP-EVAL/bb1994de+9156daf3+AQOXHMIAO4KTTRlanxScqQFrlbP+sEr7tautkuJ2SJTn',
  sha256: '8587e582dd0307bc388a794c29a86d8bfb0e9d27535938d485be2c62777d47ff',
};

test('a bundle of version 2 stays valid, for us and for the second verifier', async () => {
  const bytes = readFileSync(SECOND.path);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(SECOND.sha256);
  const report = await verifyBundle(sourceOf(bytes), nodeMachine, { keys: [SECOND.key] });
  expect(report).toMatchObject({
    outcome: 'valid',
    facts: {
      ...{ keysGiven: 1, reportCompared: true, counts: { readings: 12 } },
      samples: { blocks: 8, gone: 4, unexplained: 2, explained: [{ blocks: 2, loss: { event: 'pruned' } }] },
      manifest: { v: 2, totals: [{ persons: { names: ['A. Rao'] } }, { persons: { names: ['Ó. Jónsson'] } }] },
    },
  });
  const second = spawnSync('/usr/bin/python3', [at('../peers/verify_figures.py'), SECOND.path], { encoding: 'utf8' });
  expect(second.stdout).toBe('valid\n');
});
