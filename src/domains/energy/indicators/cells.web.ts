/** From a figure to the form and the cell it was reported in. */
import { inAddress } from '../../../kernel/reports/forms.web.ts'
import type { Indicator } from './indicators.rules.ts'

/** The cell that an indicator leans on most: water for water, electricity for energy and carbon. */
export const cellOf = (i: Indicator): string => (i.code === 'waterPerHead' ? 'water' : 'electricity')
export const denominatorCell = (i: Indicator): string => i.denominator.of

/** Where the form is opened: at which cell, and where its page leads back to. */
export const cellSearch = (item: string, from: string, search: Record<string, string>): Record<string, string> => ({ item, back: `${from}?${new URLSearchParams(search)}` })

export const formAddress = (row: { form: string; period: string; organizationId: number }): string => `/reports/${inAddress(row.form)}/${row.period}/${row.organizationId}`
