/** The one command that is ever sent (Sparkplug 3.0, clause 6.4.25): the node is to publish its births anew. */
const REBIRTH = 'Node Control/Rebirth';

export type RebirthEncoder = (atMs: number) => Uint8Array;

/** Loads what makes the bytes of the command. */
export async function loadRebirthEncoder(): Promise<RebirthEncoder> {
  const { default: sparkplug } = await import('sparkplug-payload');
  const codec = sparkplug.get('spBv1.0');
  if (codec === null) throw new Error('the Sparkplug encoder knows no spBv1.0');
  return (atMs) =>
    codec.encodePayload({
      timestamp: atMs,
      metrics: [{ name: REBIRTH, timestamp: atMs, type: 'Boolean', value: true }],
    });
}
