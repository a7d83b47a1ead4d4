import { createHash } from 'node:crypto';
import { MESSAGE_BYTES_MAX } from '../../core/sync/attestation.ts';
import type { Batch } from '../../core/sync/batch.ts';

const LARGE_BYTES = 8_000_000;
const USUAL_BYTES = 2000;

/** Batches in the order of a ledger, for a target that looks at nothing of them but their id. */
export function madeUpBatches(): { seal(size?: 'large'): Batch; contentOf(batch: Batch): Uint8Array } {
  let index = 0;
  const contents = new Map<string, Uint8Array>();
  return {
    seal(size) {
      index += 2;
      const start = JSON.stringify({ forebay: 1, number: index, text: '' });
      const text = size === 'large' ? 'x'.repeat(MESSAGE_BYTES_MAX - start.length) : '';
      const message = JSON.stringify({ forebay: 1, number: index, text });
      const id = createHash('sha256').update(message).digest('hex');
      const content = Buffer.alloc(size === 'large' ? LARGE_BYTES : USUAL_BYTES, `${id}\n`);
      contents.set(id, content);
      return { index, id, message, first: index - 2, end: index, size: index };
    },
    contentOf: ({ id }) => contents.get(id) ?? new Uint8Array(),
  };
}
