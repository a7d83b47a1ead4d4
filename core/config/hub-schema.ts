import { hash } from 'node:crypto';
import { z } from 'zod';
import { text } from './schema-values.ts';

/** What of plant.yaml is about the way to servers outside of the plant. */

const file = text('the path of a file', 1000);
const NAME_CHARS_MAX = 100;
const EXCEPTIONS_MAX = 100;

const HUB_URL =
  'the address of a hub such as https://hub.example/forebay/v1, without user, query or a slash at its end';
/** Plain HTTP only where nothing leaves this computer. */
const HUB_URL_FORM =
  /^(?:https:\/\/[^\s/@?#]+|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?)(?:\/[^\s/@?#]+)*$/;

const HUB_KEY = 'the public key of a hub such as hub.example+1a2b3c4d+BA...';
/** `name+hash+base64` of a C2SP cosignature key: the type 0x04 and 32 bytes of Ed25519. */
const HUB_KEY_FORM = /^([^\s+]{1,200})\+([0-9a-f]{8})\+(B[A-P][A-Za-z0-9+/]{42})$/;
const KEY_HASH_HEX_DIGITS = 8;

const publicKey = z.string(HUB_KEY).superRefine((value, context) => {
  const [, name, hashHex, encoded = ''] = HUB_KEY_FORM.exec(value) ?? [];
  if (name === undefined) {
    context.addIssue({ code: 'custom', message: `expected ${HUB_KEY}` });
    return;
  }
  const bytes = Buffer.concat([Buffer.from(`${name}\n`, 'utf8'), Buffer.from(encoded, 'base64')]);
  if (hash('sha256', bytes, 'hex').slice(0, KEY_HASH_HEX_DIGITS) === hashHex) return;
  context.addIssue({ code: 'custom', message: 'expected the key as the hub has it: a character of it is wrong' });
});

export const hubSchema = z
  .strictObject(
    {
      url: z.string(HUB_URL).max(1000, HUB_URL).regex(HUB_URL_FORM, HUB_URL),
      publicKey,
      tokenFile: file.optional(),
      certificateFile: file.optional(),
      keyFile: file.optional(),
      caFile: file.optional(),
    },
    'hub: { url: https://hub.example/forebay/v1, publicKey: ... }',
  )
  .superRefine(({ url, certificateFile, keyFile, caFile }, context) => {
    if ((certificateFile === undefined) !== (keyFile === undefined)) {
      const path = [certificateFile === undefined ? 'keyFile' : 'certificateFile'];
      context.addIssue({ code: 'custom', message: 'expected certificateFile and keyFile together', path });
    }
    if (url.startsWith('https:') || (certificateFile ?? caFile) === undefined) return;
    context.addIssue({ code: 'custom', message: 'expected https:// where there are certificates', path: ['url'] });
  });

const PROXY_URL = 'the address of a proxy such as http://192.0.2.7:3128';
const HOST = 'a host such as hub.plant.example or *.plant.example';
const HOST_FORM = /^(?:\*|(?:\*?\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[?[0-9A-Fa-f:]+\]?)(?::\d{1,5})?$/;

export const proxySchema = z
  .strictObject(
    {
      url: z.string(PROXY_URL).regex(/^http:\/\/[^\s/@?#]+:\d{1,5}\/?$/, PROXY_URL),
      username: text('the name of a user', NAME_CHARS_MAX).optional(),
      passwordFile: file.optional(),
      except: z
        .array(z.string(HOST).regex(HOST_FORM, HOST), 'a list of hosts')
        .max(EXCEPTIONS_MAX, `at most ${EXCEPTIONS_MAX} hosts`)
        .optional(),
    },
    'proxy: { url: "http://192.0.2.7:3128" }',
  )
  .superRefine(({ username, passwordFile }, context) => {
    if (passwordFile === undefined || username !== undefined) return;
    context.addIssue({ code: 'custom', message: 'expected username beside passwordFile', path: ['passwordFile'] });
  });
