/** Takes a store of the newest schema back to the one before reviews, number 80; a new migration has its tables here. */
export const UNDO_SINCE_REVIEWS = [
  ...['sample_days_insert', 'sample_days_delete', 'entries_refuse_delete', 'entries_put_back'].map(
    (trigger) => `DROP TRIGGER ${trigger}`,
  ),
  ...[
    'delivery_intents',
    'deliveries',
    'batches',
    'delivery_sums',
    'sample_days',
    'target_counts',
    'target_failures',
    'link_days',
    'target_intents',
    'mint_attempts',
    'entry_blocks',
  ].map((table) => `DROP TABLE ${table}`),
  ...['reviews', 'readings_to_decide', 'checkpoint_signatures'].map((table) => `DROP TABLE ${table}`),
  "CREATE TRIGGER entries_refuse_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'never'); END",
].join('; ');
