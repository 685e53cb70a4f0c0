/** `audit …`: what operators and auditors do with the trail where the pages do not reach. docs/audit.md has all of it. */
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { Problem } from '../../kernel/contract/problem.rules.ts'
import { unattended } from '../../kernel/db/database.ts'
import { anchor, anchorFolder } from '../../kernel/audit/anchor.ts'
import { archiveBefore, verifyArchive } from '../../kernel/audit/archive.ts'
import { exportProblem, signatureFile, signedTable } from '../../kernel/audit/export.ts'
import { fingerprint, readKeys, rotateKey, type KeyRing } from '../../kernel/audit/key.ts'
import { recordApart } from '../../kernel/audit/record.ts'
import { openKeys, Sealer } from '../../kernel/audit/seal.ts'
import { verify } from '../../kernel/audit/verify.ts'
import { declareWords } from '../../kernel/audit/words.ts'
import { domains } from '../domains.ts'
import { common, placeOf } from '../place.ts'
import { openPlatform, type Platform } from '../platform.ts'

const USAGE = 'Usage: audit verify|seal|anchor|archive|export|verify-export|rotate-key (see "help" and docs/audit.md)'
const options = {
  ...common, from: { type: 'string' }, to: { type: 'string' }, before: { type: 'string' }, anchors: { type: 'string' }, archive: { type: 'string' }, restored: { type: 'string' },
  signature: { type: 'string' }, json: { type: 'boolean', default: false },
} as const

const DAY = /^\d{4}-\d\d-\d\d$/

export async function audit(args: string[]): Promise<number> {
  const [verb, ...rest] = args
  const { values, positionals } = parseArgs({ args: rest, allowPositionals: true, options })
  const say = (value: object, text: string) => void process.stdout.write(values.json ? `${JSON.stringify(value, null, 1)}\n` : `${text}\n`)
  const { dataDir } = placeOf(values)

  const ringAlone = (): KeyRing => {
    const ring = readKeys(dataDir)
    if (!ring) throw new Problem('invalid_input', 'There is no audit key in this data folder. Name its file with GONGXIE_AUDIT_KEY_FILE.')
    return ring
  }
  // Files are proven without the database: wherever the key is.
  if (verb === 'verify' && values.archive) {
    const verdict = await verifyArchive(ringAlone(), values.archive)
    say(verdict, verdict.intact
      ? `${values.archive}: intact, ${verdict.month}, ${verdict.entries} lines, numbers ${verdict.firstSeq} to ${verdict.lastSeq}`
      : `${values.archive}: NOT INTACT${verdict.firstBad === null ? '' : `, first bad number ${verdict.firstBad}`}: ${verdict.why}`)
    return verdict.intact ? 0 : 1
  }
  if (verb === 'verify-export') {
    const file = positionals[0]
    if (!file || !fs.existsSync(file)) throw new Problem('invalid_input', 'Usage: audit verify-export FILE [--signature FILE.sig]')
    const beside = values.signature ?? `${file}.sig`
    if (!fs.existsSync(beside)) throw new Problem('invalid_input', `There is no signature ${beside}. Unpack both files of the export, or name it with --signature.`)
    const why = exportProblem(ringAlone(), fs.readFileSync(file), fs.readFileSync(beside, 'utf8'))
    say({ intact: !why, why }, why ? `${file}: NOT INTACT: ${why}` : `${file}: as it was signed`)
    return why ? 1 : 0
  }
  if (!['verify', 'seal', 'anchor', 'archive', 'export', 'rotate-key'].includes(verb ?? '')) throw new Problem('invalid_input', USAGE)

  const platform = await openPlatform(placeOf(values))
  try {
    return await run(platform, verb!, values, positionals, say)
  } finally {
    await platform.close()
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

async function run({ db, dataDir, server }: Platform, verb: string, values: Values, positionals: string[], say: (value: object, text: string) => void): Promise<number> {
  const ring = await openKeys(db, dataDir)
  const folder = values.anchors ? path.resolve(values.anchors) : anchorFolder(dataDir)
  const note = (operation: string, action: string, detail: Record<string, unknown>) => recordApart(db, { operation, action, detail }, { actorName: unattended.name })
  const number = (text: string | undefined, name: string) => {
    if (text !== undefined && !/^[1-9]\d{0,15}$/.test(text)) throw new Problem('invalid_input', `--${name} takes a number of the chain.`)
    return text === undefined ? undefined : Number(text)
  }
  switch (verb) {
    case 'verify': {
      const [from, to] = [number(values.from, 'from'), number(values.to, 'to')]
      // Nobody seals while the platform stands still: what commands have written waits for it, and is no fault.
      if (server.started) await new Sealer(db, ring).all()
      const verdict = await verify(db, ring, {
        from, to, anchors: folder, batch: 5000,
        onProgress: (done, of) => void (!values.json && process.stderr.isTTY && process.stderr.write(`\rverified ${done} of ${of}   `)),
      })
      if (!values.json && process.stderr.isTTY) process.stderr.write('\r')
      // For the auditor's page; where even this cannot be written, the verdict stands all the same.
      await db.asSystem('audit.verify', (trx) => trx.run(sql`
        INSERT INTO audit.verification (asked_by, from_seq, to_seq, state, checked, first_bad, findings, ended_at)
        VALUES (${unattended.name}, ${from ?? null}, ${to ?? null}, ${verdict.intact ? 'intact' : 'broken'}, ${verdict.checked}, ${verdict.findings[0]?.seq ?? null}, ${JSON.stringify(verdict.findings)}::jsonb, now())`)).catch(() => {})
      const range = `numbers ${verdict.from} to ${verdict.to} of ${verdict.head}`
      say(verdict, [
        verdict.intact ? `intact: ${range}` : `NOT INTACT: ${range}; first bad or missing number ${verdict.findings[0]!.seq}: ${verdict.findings[0]!.message}`,
        ...verdict.findings.slice(1, 20).map((f) => `  ${f.seq}: ${f.message}`), ...(verdict.findings.length > 20 || verdict.more ? ['  … more with --json'] : []),
        ...(verdict.archived ? [`${verdict.archived} numbers are archived: verify their files with --archive`] : []),
        verdict.anchors.latest ? `${verdict.anchors.heads} anchors, the last of ${verdict.anchors.latest.at} with number ${verdict.anchors.latest.seq}` : 'no anchors',
        ...verdict.notes.map((n) => `note: ${n}`),
      ].join('\n'))
      return verdict.intact ? 0 : 1
    }
    case 'seal': {
      const sealed = await new Sealer(db, ring).all()
      const head = await anchor(db, ring, folder)
      say({ sealed, anchored: head?.seq ?? null }, `sealed ${sealed}${head ? `, anchored number ${head.seq}` : ''}`)
      return 0
    }
    case 'anchor': {
      if (values.restored) {
        // Before anything is added: what the old platform wrote under the next numbers is void.
        await anchor(db, ring, folder, values.restored)
        await note('platform.restore', 'restore', { arguments: values.restored })
        await new Sealer(db, ring).all()
      }
      const head = await anchor(db, ring, folder)
      say({ anchored: head }, head ? `anchored number ${head.seq} in ${folder}` : 'nothing new to anchor')
      return 0
    }
    case 'archive': {
      const { before, to } = values
      if (!before || !DAY.test(before) || !to) throw new Problem('invalid_input', 'Usage: audit archive --before YYYY-MM-DD --to DIR')
      const done = await archiveBefore(db, ring, before, path.resolve(to), (line) => void (!values.json && process.stdout.write(`${line}\n`)))
      for (const a of done) await note('audit.archive', 'archive', { file: a.file, month: a.month.slice(0, 7), from: a.firstSeq, to: a.lastSeq, entries: a.entries })
      await new Sealer(db, ring).all()
      await anchor(db, ring, folder)
      say({ archived: done }, done.length ? `archived ${done.length} months` : 'there is no whole month to archive')
      return 0
    }
    case 'export': {
      const file = positionals[0]
      const format = /\.(xlsx|csv)$/.exec(file ?? '')?.[1] as 'xlsx' | 'csv' | undefined
      if (!file || !format || [values.from, values.to].some((d) => d && !DAY.test(d))) throw new Problem('invalid_input', 'Usage: audit export FILE.xlsx|FILE.csv [--from YYYY-MM-DD] [--to YYYY-MM-DD]')
      declareWords(domains, domains.flatMap((d) => d.handlers.map((h) => h.operation)))
      const at = (day: string | undefined) => (day ? `${day}T00:00:00+08:00` : undefined)
      const made = await signedTable(db, ring, (read) => db.asSystem({ operation: 'audit.export-file', reads: true }, read), { asked: { from: at(values.from), to: at(values.to) }, format, by: unattended.name, file: path.basename(file) })
      await note('audit.export-file', 'export', { file: made.signed.file, entries: made.signed.entries })
      fs.writeFileSync(file, made.bytes, { mode: 0o600 })
      fs.writeFileSync(`${file}.sig`, signatureFile(made.signed, made.signature), { mode: 0o600 })
      say({ ...made.signed, file, signature: `${file}.sig` }, `${made.signed.entries} lines in ${file}, signed in ${file}.sig`)
      return 0
    }
    default: {
      // What waits is sealed with the key that it was written under.
      await new Sealer(db, ring).all()
      const next = rotateKey(dataDir)
      await note('audit.rotate-key', 'key', { from: ring.current, to: next.current, fingerprint: fingerprint(next.keys.get(next.current)!) })
      await new Sealer(db, next).all()
      await anchor(db, next, folder)
      say({ key: next.current }, `key ${next.current} seals from now on (${next.file}); a running platform takes it within a minute. The former keys stay in the file: they verify what they sealed.`)
      return 0
    }
  }
}
