import { usage } from './read-command-line.ts';

/** The address of a mirror as a person gives it, without what stands behind its host. */
export function readMirror(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && (url.protocol === 'https:' || url.protocol === 'http:')) return text.replace(/\/+$/, '');
  throw usage(`--mirror is "${text}".`, 'an address such as https://testnet.mirrornode.hedera.com');
}
