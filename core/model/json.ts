/** Anything that canonical JSON (RFC 8785) can carry: finite numbers only, no undefined. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };
