/** What is signed of an archived month: its place in the chain, its file, and the seals that stay in the database. */
export interface ArchiveRow {
  month: string
  firstSeq: number
  lastSeq: number
  entries: number
  file: string
  fileSm3: string
  sealsSm3: string
  key: number
  signature: string
}
export const archiveText = (chain: string, a: Omit<ArchiveRow, 'signature'>): string =>
  [chain, a.month.slice(0, 7), a.firstSeq, a.lastSeq, a.entries, a.file, a.fileSm3, a.sealsSm3, a.key].join('\n')
