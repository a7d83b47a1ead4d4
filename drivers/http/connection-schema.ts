import { z } from 'zod';
import { parsePublicKey } from './public-key.ts';

const file = z.string('the name of a file').trim().min(1, 'the name of a file').max(1000, 'the name of a file');

/**
 * `connection` of an http device in plant.yaml; it may be absent, since nothing is connected to.
 *
 * - `publicKeyFile`, `publicKey`: the Ed25519 key whose private half signs the pushes
 * - `secretFile`: a secret that both sides hold, for HMAC-SHA256 in place of a key pair
 * - `signature`: `required` (the default with a key) refuses every push that is not signed, `optional` takes both
 */
export const httpConnectionSchema = z
  .strictObject({
    publicKeyFile: file.optional(),
    publicKey: z
      .string('an Ed25519 public key')
      .refine((text) => parsePublicKey(text) !== undefined, {
        message: 'expected an Ed25519 public key as multibase (z6Mk...), base64 or PEM',
      })
      .optional(),
    secretFile: file.optional(),
    signature: z.enum(['required', 'optional']).optional(),
  })
  .superRefine(({ publicKey, publicKeyFile, secretFile, signature }, context) => {
    const keys = [publicKey, publicKeyFile, secretFile].filter((key) => key !== undefined).length;
    if (keys > 1) {
      context.addIssue({ code: 'custom', message: 'expected one of publicKeyFile, publicKey and secretFile' });
    }
    if (keys === 0 && signature !== undefined) {
      const message = 'expected a key to check signatures with: publicKeyFile, publicKey or secretFile';
      context.addIssue({ code: 'custom', path: ['signature'], message });
    }
  });

export type HttpConnectionSettings = z.output<typeof httpConnectionSchema>;
