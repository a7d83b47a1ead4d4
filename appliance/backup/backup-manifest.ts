import { z } from 'zod';

/**
 * What stands beside a backup, as `<file>.json`. A backup without it, or of another length, is no whole one. Its
 * checkpoint is a signed note, so it also testifies what the ledger was then where only the manifest is at hand.
 */
export const backupManifestSchema = z.object({
  v: z.literal(1),
  /** When the copy was begun, ISO 8601 UTC. */
  createdAt: z.iso.datetime(),
  /** Version of the program, and the number of the store's schema. */
  program: z.string(),
  schema: z.number().int(),
  plantId: z.string(),
  /** Length and SHA-256 (hexadecimal) of the backup's file. */
  bytes: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Leaf hash of the genesis entry, hexadecimal: tells ledgers apart, whoever signs them. */
  ledger: z.string().regex(/^[0-9a-f]{64}$/),
  /** Entries and root (base64) of the ledger in it. */
  size: z.number().int().positive(),
  root: z.string(),
  checkpoint: z.string(),
  verifierKey: z.string(),
  /** Id of the key that the file is encrypted with; absent where it is in clear. */
  storeKey: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  /** What a data folder holds besides, and a backup on purpose does not. */
  leftOut: z.array(z.string()),
});
export type BackupManifest = z.infer<typeof backupManifestSchema>;

/** Names within the data folder. The private key and secrets stay where only their owner reads them. */
export const LEFT_OUT = ['keys/device.key', 'secrets/', 'drivers/', 'logs/'] as const;

export function manifestPathOf(backup: string): string {
  return `${backup}.json`;
}

/** The manifest that `text` is, or undefined when it is none. */
export function parseManifest(text: string): BackupManifest | undefined {
  try {
    return backupManifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
