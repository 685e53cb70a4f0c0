/** Name of the job that computes figures again after a setting has changed. */
export const RECOMPUTE = 'energy.recompute'
