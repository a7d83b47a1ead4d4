/**
 * What `npm run desktop -- OPTIONS` and the installed program understand. Plain JavaScript, because launch.mjs reads
 * it before anything is known about the Node at hand.
 */
export const OPTIONS = /** @type {const} */ ({
  demo: { type: 'boolean' },
  config: { type: 'string' },
  data: { type: 'string' },
  port: { type: 'string' },
  shadow: { type: 'boolean' },
});
