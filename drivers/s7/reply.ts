import { present } from '../../core/model/assert.ts';

/** What the reply to a request may be. */
export type Answer =
  | { readonly kind: 'negotiated'; readonly pduBytes: number }
  | { readonly kind: 'items'; readonly items: readonly ItemAnswer[] }
  | { readonly kind: 'status'; readonly list: Buffer }
  /** The PLC refuses the request as a whole. */
  | { readonly kind: 'refused'; readonly error: number }
  /** The answer to another question: late, doubled or foreign. */
  | { readonly kind: 'stranger' }
  | { readonly kind: 'malformed'; readonly what: string };

export type ItemAnswer =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly code: number };

/** What was asked: what the reply has to agree with. */
export type Question = { readonly reference: number } & (
  | { readonly kind: 'negotiate' }
  /** The length of each item, in bytes. */
  | { readonly kind: 'read'; readonly lengths: readonly number[] }
  | { readonly kind: 'status'; readonly list: number }
);

const S7 = 0x32;
const ACKNOWLEDGE = 2;
const ACKNOWLEDGE_DATA = 3;
const USER_DATA = 7;
const NEGOTIATE = 0xf0;
const READ_VARIABLES = 0x04;
const ITEM_GOOD = 0xff;
/** Transport sizes whose length counts bits: BIT, BYTE/WORD/DWORD, INTEGER; any other counts bytes. */
const LENGTH_IN_BITS = new Set([3, 4, 5]);
/** A null transport size goes with an item that is refused. */
const ACCEPTED_SIZES = new Set([4, 9]);

/**
 * Judges a message of the PLC against the one question that is open. Only a reply with the question's reference, its
 * function, and exactly the lengths asked for gives data; nothing is taken from a reply that does not add up.
 */
export function judgeReply(message: Buffer, question: Question | undefined): Answer {
  if (message.length < 10 || message[0] !== S7) return malformed('not a message of the S7 protocol');
  const kind = message.readUInt8(1);
  const isAcknowledge = kind === ACKNOWLEDGE || kind === ACKNOWLEDGE_DATA;
  if (!isAcknowledge && kind !== USER_DATA) return { kind: 'stranger' };
  if (question === undefined || message.readUInt16BE(4) !== question.reference) return { kind: 'stranger' };
  if (isAcknowledge !== (question.kind !== 'status')) return { kind: 'stranger' };
  const headerBytes = isAcknowledge ? 12 : 10;
  const parameterBytes = message.readUInt16BE(6);
  const dataBytes = message.readUInt16BE(8);
  if (message.length !== headerBytes + parameterBytes + dataBytes) return malformed('its lengths do not add up');
  const parameters = message.subarray(headerBytes, headerBytes + parameterBytes);
  const data = message.subarray(headerBytes + parameterBytes);
  if (question.kind === 'status') return judgeStatus(parameters, data, question.list);
  const error = message.readUInt16BE(10);
  if (error !== 0) return { kind: 'refused', error };
  if (question.kind === 'negotiate') {
    if (parameters.length !== 8 || parameters[0] !== NEGOTIATE) return malformed('not the answer to a negotiation');
    return { kind: 'negotiated', pduBytes: parameters.readUInt16BE(6) };
  }
  if (parameters.length !== 2 || parameters[0] !== READ_VARIABLES) return malformed('not the answer to a read');
  if (parameters[1] !== question.lengths.length) {
    return malformed(`${parameters[1]} items where ${question.lengths.length} were asked for`);
  }
  return judgeItems(data, question.lengths);
}

function judgeItems(data: Buffer, lengths: readonly number[]): Answer {
  const items: ItemAnswer[] = [];
  let at = 0;
  for (const [index, length] of lengths.entries()) {
    if (at + 4 > data.length) return malformed(`it ends before item ${index + 1}`);
    const code = data.readUInt8(at);
    const size = data.readUInt8(at + 1);
    const counted = data.readUInt16BE(at + 2);
    at += 4;
    if (code !== ITEM_GOOD) {
      // What a refused item says of its length is not to be relied on: some PLCs say 0, some 4, and none sends data.
      items.push({ kind: 'refused', code });
      continue;
    }
    const bytes = LENGTH_IN_BITS.has(size) ? counted / 8 : counted;
    if (!ACCEPTED_SIZES.has(size) || bytes !== length || at + length > data.length) {
      return malformed(`item ${index + 1} has ${bytes} bytes of kind ${size} where ${length} were asked for`);
    }
    // A copy: what is recorded must not keep a whole receive buffer, nor change with it.
    items.push({ kind: 'data', bytes: Uint8Array.from(data.subarray(at, at + length)) });
    at += length;
    // Every item but the last is filled up to an even length.
    if (length % 2 === 1 && index < lengths.length - 1) at += 1;
  }
  const isWhole = at === data.length || (at + 1 === data.length && present(lengths.at(-1), 'a length') % 2 === 1);
  return isWhole ? { kind: 'items', items } : malformed(`${data.length - at} bytes too many`);
}

/** No value comes from a system status, so whatever is not the list that was asked for counts as refused. */
function judgeStatus(parameters: Buffer, data: Buffer, list: number): Answer {
  const error = parameters.length >= 12 ? parameters.readUInt16BE(10) : 0;
  const isList =
    error === 0 &&
    parameters[5] === 0x84 &&
    parameters[6] === 0x01 &&
    data.length >= 12 &&
    data[0] === ITEM_GOOD &&
    data.readUInt16BE(2) === data.length - 4 &&
    data.readUInt16BE(4) === list;
  return isList ? { kind: 'status', list: data.subarray(4) } : { kind: 'refused', error };
}

function malformed(what: string): Answer {
  return { kind: 'malformed', what };
}
