import sparkplug from 'sparkplug-payload';

export type MetricText = NonNullable<NonNullable<Parameters<typeof encode>[0]['metrics']>[number]>;

const codec = sparkplug.get('spBv1.0');

/** A payload as Eclipse Tahu's own encoder writes it. */
export function encode(payload: Parameters<NonNullable<typeof codec>['encodePayload']>[0]): Uint8Array {
  if (codec === null) throw new Error('the encoder knows no spBv1.0');
  return codec.encodePayload(payload);
}

export interface NodeOptions {
  readonly group: string;
  readonly node: string;
  /** Takes what the node publishes. */
  readonly publish: (topic: string, payload: Uint8Array) => void;
}

/**
 * A Sparkplug edge node for tests: numbers its messages as it should. What should go wrong is done to `seq` and `bdSeq`
 * from outside, or with `send`.
 */
export class SparkplugNode {
  seq = 0;
  bdSeq = 0;
  readonly #options: NodeOptions;

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  birth(metrics: readonly MetricText[], timestamp = Date.now()): void {
    this.seq = 0;
    const bdSeq: MetricText = { name: 'bdSeq', type: 'UInt64', value: this.bdSeq };
    this.send('NBIRTH', '', encode({ timestamp, seq: 0, metrics: [bdSeq, ...metrics] }));
  }

  /** The last will, as the broker publishes it. */
  death(bdSeq = this.bdSeq): void {
    this.send('NDEATH', '', encode({ metrics: [{ name: 'bdSeq', type: 'UInt64', value: bdSeq }] }));
  }

  data(metrics: readonly MetricText[], timestamp = Date.now()): void {
    this.send('NDATA', '', this.numbered(metrics, timestamp));
  }

  deviceBirth(device: string, metrics: readonly MetricText[], timestamp = Date.now()): void {
    this.send('DBIRTH', device, this.numbered(metrics, timestamp));
  }

  deviceData(device: string, metrics: readonly MetricText[], timestamp = Date.now()): void {
    this.send('DDATA', device, this.numbered(metrics, timestamp));
  }

  deviceDeath(device: string): void {
    this.send('DDEATH', device, this.numbered([], Date.now()));
  }

  /** The next payload in the sequence. */
  numbered(metrics: readonly MetricText[], timestamp = Date.now()): Uint8Array {
    this.seq = (this.seq + 1) % 256;
    return encode({ timestamp, seq: this.seq, metrics: [...metrics] });
  }

  send(message: string, device: string, payload: Uint8Array): void {
    const { group, node, publish } = this.#options;
    publish(`spBv1.0/${group}/${message}/${node}${device === '' ? '' : `/${device}`}`, payload);
  }
}
