/** What is read again after a decision. */
export const REVIEW_READS = ['filing.list', 'filing.of-organization', 'filing.open', 'review.progress', 'filing.duties', 'counter'] as const
