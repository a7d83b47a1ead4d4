/** What a device or driver says of a value it did deliver. A value it did not deliver is a miss, not a quality. */
export type Quality = 'good' | 'uncertain' | 'bad';
