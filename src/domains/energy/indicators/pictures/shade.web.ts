/** Colours of pictures in the shade that the page has. */
import { SCALE_DARK, SCALE_LIGHT, SERIES_DARK, SERIES_LIGHT } from '../../../../kernel/ui/palette.rules.ts'
import { useShade } from '../../../../kernel/ui/theme.tsx'

export interface Inks {
  series: readonly string[]
  scale: readonly string[]
  text: string
  faint: string
  ground: string
  /** Where there is no figure. */
  none: string
  signal: Record<'green' | 'amber' | 'red', string>
}
const LIGHT: Inks = { series: SERIES_LIGHT, scale: SCALE_LIGHT, text: '#16202c', faint: '#5a6675', ground: '#ffffff', none: '#d3d8de', signal: { green: '#2a7d3b', amber: '#b36b00', red: '#c0281c' } }
const DARK: Inks = { series: SERIES_DARK, scale: SCALE_DARK, text: '#e6eaef', faint: '#98a3af', ground: '#161b21', none: '#3a444f', signal: { green: '#57b06a', amber: '#dba13f', red: '#ef7368' } }
export const useInks = (): Inks => (useShade().isDark ? DARK : LIGHT)
