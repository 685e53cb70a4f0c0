import type { ProposalState } from './proposal.contract.ts'

export const STATE_COLOURS: Record<ProposalState, string> = { proposed: 'processing', approved: 'success', rejected: 'error', withdrawn: 'default', expired: 'warning' }
