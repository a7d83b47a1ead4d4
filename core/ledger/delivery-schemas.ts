import { z } from 'zod';

const text = z.string();
const count = z.int().min(0);
const instant = z.iso.datetime();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const batchV1 = z.looseObject({
  v: z.literal(1),
  id: sha256,
  message: text,
  first: count,
  end: count,
  size: count,
  from: instant,
  to: instant,
  targets: z.array(text),
});

/** The message says from when to when the readings are; which time the run was sealed for stands here. */
const batchV2 = z.looseObject({
  v: z.literal(2),
  id: sha256,
  message: text,
  first: count,
  end: count,
  size: count,
  sealedFrom: instant,
  sealedTo: instant,
  targets: z.array(text),
});

/** The form of the bodies that sealing and delivering write, by kind and version. */
export const DELIVERY_SCHEMAS = {
  batch: { 1: batchV1, 2: batchV2 },
  receipt: {
    1: z.looseObject({ v: z.literal(1), target: text, batch: count, id: sha256, receipt: z.record(text, z.json()) }),
  },
  received: {
    1: z.looseObject({
      v: z.literal(1),
      target: text,
      size: count,
      root: text,
      receiver: text,
      receivedAt: instant,
      batches: count,
      receipt: text,
    }),
  },
  topic: {
    1: z.looseObject({
      v: z.literal(1),
      target: text,
      network: text,
      topic: z.string().regex(/^\d+\.\d+\.\d+$/),
      memo: text,
      transactionId: text,
      consensusTimestamp: z.string().regex(/^\d+\.\d{9}$/),
    }),
  },
  did: {
    1: z.looseObject({
      v: z.literal(1),
      operation: z.enum(['create', 'update']),
      network: text,
      topic: z.string().regex(/^\d+\.\d+\.\d+$/),
      did: z.string().startsWith('did:hedera:'),
      owner: z.string().startsWith('z'),
      message: text,
      id: sha256,
      receipt: z.record(text, z.json()),
    }),
  },
  confirmation: {
    1: z.looseObject({
      v: z.literal(1),
      what: z.literal('mainnet'),
      account: z.string().regex(/^\d+\.\d+\.\d+$/),
      by: text,
      told: z.looseObject({ name: text, role: text }),
      messagesPerYear: count,
      usdPerYear: z.number().min(0),
      fees: z.looseObject({ source: text, asOf: text }),
      why: text.optional(),
    }),
  },
};
