/** Names of what is held of the appliance's answers. */
export const QUERY_KEYS = {
  session: ['session'],
  status: ['status'],
  points: ['points'],
  readings: ['readings'],
  reviews: ['reviews'],
  checkpoint: ['checkpoint'],
  entry: ['entry'],
  sync: ['sync'],
  tokens: ['tokens'],
  months: ['months'],
  serverTrust: ['server-trust'],
} as const;
