/** Readings with their verdicts are about 2 KB; a page of 8 KB holds three of them with little waste. */
export const PAGE_BYTES = 8192;
