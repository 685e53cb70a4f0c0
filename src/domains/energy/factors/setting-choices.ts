/** Which settings of the survey are a choice, in which words, and which are free text: said beside the settings in the data. */
import fs from 'node:fs'

interface Entry {
  key: string
  choices?: Record<string, string>
  text?: boolean
}
const entries = (): Entry[] => (JSON.parse(fs.readFileSync(new URL('../../../../data/energy/settings.json', import.meta.url), 'utf8')) as { settings: Entry[] }).settings
export function settingChoices(): Record<string, Record<string, string>> {
  return Object.fromEntries(entries().flatMap((s) => (s.choices ? [[s.key, s.choices]] : [])))
}
export const settingTexts = (): string[] => entries().flatMap((s) => (s.text ? [s.key] : []))
