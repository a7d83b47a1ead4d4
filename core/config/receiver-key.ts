import { hash } from 'node:crypto';
import { z } from 'zod';

const FORM = /^[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/u;
const KEY_HASH_DIGITS = 8;

/** A verifier key (C2SP signed note, Ed25519), `name+hash+base64`, whose hash fits: a slip of one letter is found. */
export const receiverKeySchema = z
  .string('the verifier key of whoever receives the disk, as `forebay sync receive` shows it')
  .regex(FORM, 'a verifier key such as office.example+1f2e3d4c+AQ..., as `forebay sync receive` shows it')
  .refine(hasItsHash, 'a verifier key whose parts belong together: copy it as a whole');

function hasItsHash(text: string): boolean {
  // What has not the form is told already.
  if (!FORM.test(text)) return true;
  const [name = '', digits = '', ...rest] = text.split('+');
  const key = Buffer.from(rest.join('+'), 'base64');
  const whole = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), key]), 'hex');
  return key[0] === 1 && whole.slice(0, KEY_HASH_DIGITS) === digits;
}
