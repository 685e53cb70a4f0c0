import { PageHeader } from '../../ui/PageHeader.tsx'
import { useCall } from '../../ui/queries.web.ts'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { listRestructurings } from './change.contract.ts'
import { ChangeList } from './ChangeList.tsx'
import '../../registers/registers.css'

/** All acts of change that this post may see, the latest first. */
export default function ChangesPage() {
  const changes = useCall(listRestructurings, { limit: 200 })
  return (
    <>
      <PageHeader title="机构变更记录" note="合并、拆分、更名、划转、撤销。办理变更请打开有关机构，使用“机构变更”。" />
      <section className="panel">
        <Loaded of={changes}>
          {(data) => data.changes.length ? <ChangeList changes={data.changes} /> : <EmptyState title="还没有机构变更" hint="机构合并、拆分、更名、划转、撤销办理后，会记在这里，变更前后的人数和面积合计保持一致。" />}
        </Loaded>
      </section>
    </>
  )
}
