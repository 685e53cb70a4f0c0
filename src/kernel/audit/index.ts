/** The trail as something the platform serves: the auditor's operations, and checks of the chain as jobs. */
import { sql } from 'kysely'
import { defineDomain, type JobKind } from '../domain.ts'
import { anchorFolder } from './anchor.ts'
import { auditHandlers } from './audit.procedures.ts'
import { openKeys } from './seal.ts'
import { verify, type Verdict } from './verify.ts'

const verifyJob: JobKind<{ id: number }> = {
  name: 'audit.verify',
  async run({ db, dataDir }, { id }) {
    const asked = await db.asSystem('audit.verify', (trx) => trx.one<{ from: number | null; to: number | null }>(sql`
      UPDATE audit.verification SET state = 'running' WHERE id = ${id} RETURNING from_seq AS "from", to_seq AS "to"`))
    if (!asked) return
    const end = (state: string, verdict: Partial<Verdict>) => db.asSystem('audit.verify', (trx) => trx.run(sql`
      UPDATE audit.verification SET state = ${state}, checked = ${verdict.checked ?? 0}, first_bad = ${verdict.findings?.[0]?.seq ?? null},
        findings = ${JSON.stringify(verdict.findings ?? [])}::jsonb, ended_at = now() WHERE id = ${id}`))
    try {
      const ring = await openKeys(db, dataDir)
      let told = 0
      const verdict = await verify(db, ring, {
        from: asked.from ?? undefined, to: asked.to ?? undefined, anchors: anchorFolder(dataDir),
        async onProgress(checked) {
          if (Date.now() - told < 1000) return
          told = Date.now()
          await db.asSystem('audit.verify', (trx) => trx.run(sql`UPDATE audit.verification SET checked = ${checked} WHERE id = ${id}`))
        },
      })
      await end(verdict.intact ? 'intact' : 'broken', verdict)
    } catch (error) {
      await end('failed', { findings: [{ seq: 0, why: 'key', message: (error as Error).message }] })
    }
  },
}

export const auditDomain = defineDomain({
  name: 'audit',
  knows: [],
  entities: [],
  handlers: auditHandlers,
  jobs: [verifyJob],
})
