import { z } from 'zod';
import { feeScheduleSchema } from './fee-schema.ts';
import { checksumTrouble, HEDERA_NETWORK_NAMES, parseHederaId } from './hedera-id.ts';
import { mainnetHint } from './mainnet-hint.ts';
import { tokensSchema } from './token-schema.ts';

const FEE_HBAR_MAX = 1000;

const MIRROR_URL = 'an address such as https://testnet.mirrornode.hedera.com, without user or query';
const MIRROR_URL_FORM = /^https?:\/\/[^\s/@?#]+(?:\/[^\s@?#]*)?$/;
const URL_CHARS_MAX = 1000;
/** Plain HTTP to another computer: anybody on the way may answer. */
const FORGEABLE = /^http:\/\/(?!127\.|localhost(?:[:/]|$)|\[::1\])/;

const entityId = z
  .string('an id such as 0.0.1001')
  .refine((text) => parseHederaId(text) !== undefined, 'an id such as 0.0.1001, or 0.0.1001-abcde with its checksum');

const nodeId = z
  .string('an id such as 0.0.3')
  .refine((text) => /^\d+\.\d+\.\d+$/.test(text) && parseHederaId(text) !== undefined, 'an id such as 0.0.3');

const mirrorUrl = z.string(MIRROR_URL).max(URL_CHARS_MAX, MIRROR_URL).regex(MIRROR_URL_FORM, MIRROR_URL);

/** `sync.hedera` of plant.yaml: a network, whose account pays, and the topic. */
export function hederaSchema<Seal extends z.ZodType, File extends z.ZodType>(seal: Seal, file: File) {
  return z
    .strictObject({
      network: z.enum(HEDERA_NETWORK_NAMES).optional(),
      nodes: z
        .record(z.string().regex(/^\S+:\d{1,5}$/, 'host:port'), nodeId, 'a list of "host:port": account id')
        .refine((nodes) => Object.keys(nodes).length > 0, 'at least one node')
        .optional(),
      mirror: mirrorUrl.optional(),
      secondMirror: mirrorUrl.optional(),
      transport: z.enum(['tls', 'plain']).optional(),
      operatorId: entityId,
      operatorKeyFile: file,
      topicId: entityId.optional(),
      did: z.strictObject({ topicId: entityId.optional() }, 'did: {}').optional(),
      maxFeeHbar: z
        .number('an amount of HBAR, such as 1')
        .positive('more than 0 HBAR')
        .max(FEE_HBAR_MAX, `at most ${FEE_HBAR_MAX} HBAR`)
        .optional(),
      anchor: seal.optional(),
      fees: feeScheduleSchema.optional(),
      tokens: tokensSchema.optional(),
    })
    .superRefine((value, context) => {
      if ((value.network === undefined) === (value.nodes === undefined)) {
        context.addIssue({ code: 'custom', message: 'expected either network or nodes, and not both' });
      }
      if (value.did !== undefined && value.network !== 'mainnet' && value.network !== 'testnet') {
        const message = 'the DID method of Hedera knows the networks mainnet and testnet only';
        context.addIssue({ code: 'custom', message, path: ['did'] });
      }
      const didTrouble = value.did?.topicId === undefined ? undefined : troubleOf(value.did.topicId, value.network);
      if (didTrouble !== undefined) context.addIssue({ code: 'custom', message: didTrouble, path: ['did', 'topicId'] });
      const { tokens } = value;
      const tokenTrouble = tokens?.tokenId === undefined ? undefined : troubleOf(tokens.tokenId, value.network);
      if (tokenTrouble !== undefined) {
        context.addIssue({ code: 'custom', message: tokenTrouble, path: ['tokens', 'tokenId'] });
      }
      if (tokens !== undefined && tokens.mainnet !== true && mainnetHint(value) !== undefined) {
        const message = 'expected mainnet: true as well: certificates on the mainnet are real and cannot be taken back';
        context.addIssue({ code: 'custom', message, path: ['tokens', 'mainnet'] });
      }
      for (const key of ['mirror', 'secondMirror'] as const) {
        if (value.network === undefined || !FORGEABLE.test(value[key] ?? '')) continue;
        const message = 'expected https://: whatever the mirror says of a public network counts';
        context.addIssue({ code: 'custom', message, path: [key] });
      }
      if (
        value.secondMirror !== undefined &&
        hostOf(value.secondMirror) === hostOf(value.mirror ?? publicOf(value.network))
      ) {
        const message = 'expected a mirror that somebody else runs: this one is asked already';
        context.addIssue({ code: 'custom', message, path: ['secondMirror'] });
      }
      for (const key of ['operatorId', 'topicId'] as const) {
        const id = value[key];
        const trouble = id === undefined ? undefined : troubleOf(id, value.network);
        if (trouble !== undefined) context.addIssue({ code: 'custom', message: trouble, path: [key] });
      }
    });
}

/** Whose mirror it is: the public ones have two names. */
function hostOf(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : '';
  return host.replace(/^mainnet-public\./, 'mainnet.');
}

function publicOf(network: string | undefined): string {
  return network === undefined ? '' : `https://${network}.mirrornode.hedera.com`;
}

/** The SDK drops the checksum behind an id without a look at it, so it is held against the network here. */
function troubleOf(id: string, network: (typeof HEDERA_NETWORK_NAMES)[number] | undefined): string | undefined {
  if (network !== undefined) {
    const trouble = checksumTrouble(id, network);
    return trouble === undefined ? undefined : `${id} ${trouble}: one of its digits or the network is wrong`;
  }
  if (parseHederaId(id)?.checksum === undefined) return undefined;
  return "expected the id without its checksum, which nodes of one's own do not have";
}
