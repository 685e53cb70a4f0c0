/** The level under a target: every district (or institution) with what was handed down to it and where it stands. */
import { z } from 'zod'
import { operation } from '../../../kernel/contract/contract.rules.ts'
import { apart, targetRow } from './indicators.contract.ts'

const decimalText = z.string().nullable()
export const targetsBelow = operation({
  id: 'target.below', method: 'GET', path: '/energy/targets/:id/below', label: '下级目标与进展', access: 'indicator.read', whole: { rows: 'the institutions of one district: they are handed their targets together' }, pace: 'long',
  input: z.strictObject({ id: z.coerce.number().int(), year: z.coerce.number().int().min(2000).max(2100), division: z.enum(['then', 'now']).default('now') }),
  output: z.object({
    to: z.enum(['regions', 'organizations']),
    rows: z.array(z.object({
      /** Region or organisation. */
      id: z.int(), name: z.string(), groupCode: z.string().nullable(), target: targetRow.nullable(),
      baseValue: decimalText, actual: decimalText, allowed: decimalText, reduction: decimalText, colour: z.enum(['green', 'amber', 'red']).nullable(), apart: apart.nullable(), counted: z.int(), keptOut: z.int(),
    })),
  }),
})
