/** The survey's form of a month, a quarter, a year. */
export const FORM_OF = { 1: 'energy.monthly', 3: 'energy.quarterly', 12: 'energy.annual' } as const
