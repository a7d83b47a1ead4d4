import type { Reading, Session } from '../api/types.ts';

type Decision = 'approve' | 'reject';

const RANK: Readonly<Record<Session['role'], number>> = { ingest: 0, viewer: 0, operator: 1, engineer: 2, admin: 3 };

/**
 * What somebody of that role may decide on the reading, as far as the console can tell; the appliance has the last word.
 * An operator decides on flagged readings and confirms a rejection, all else takes an engineer.
 */
export function decisionsOf(
  { verdict, review }: Pick<Reading, 'verdict' | 'review'>,
  role: Session['role'] | undefined,
): readonly Decision[] {
  const rank = role === undefined ? 0 : RANK[role];
  if (rank === 0) return [];
  switch (verdict.status) {
    case 'FLAGGED':
      return ['approve', 'reject'];
    case 'REJECTED':
      return rank >= RANK.engineer ? ['approve', 'reject'] : ['reject'];
    case 'APPROVED':
      if (rank < RANK.engineer) return [];
      return review.items.length > 0 ? ['approve', 'reject'] : ['reject'];
  }
}
