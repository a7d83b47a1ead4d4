import sparkplug from 'sparkplug-payload';

/** The one command that is ever sent (Sparkplug 3.0, clause 6.4.25): the node is to publish its births anew. */
const REBIRTH = 'Node Control/Rebirth';

/** The bytes of the command. This file is imported with the first connection for Sparkplug. */
export function encodeRebirthRequest(atMs: number): Uint8Array {
  const codec = sparkplug.get('spBv1.0');
  if (codec === null) throw new Error('the Sparkplug encoder knows no spBv1.0');
  return codec.encodePayload({
    timestamp: atMs,
    metrics: [{ name: REBIRTH, timestamp: atMs, type: 'Boolean', value: true }],
  });
}
