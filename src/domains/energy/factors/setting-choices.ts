/** Which settings of the survey are a choice, and in which words: said beside the settings in the data. */
import fs from 'node:fs'

interface Entry {
  key: string
  choices?: Record<string, string>
}
export function settingChoices(): Record<string, Record<string, string>> {
  const { settings } = JSON.parse(fs.readFileSync(new URL('../../../../data/energy/settings.json', import.meta.url), 'utf8')) as { settings: Entry[] }
  return Object.fromEntries(settings.flatMap((s) => (s.choices ? [[s.key, s.choices]] : [])))
}
